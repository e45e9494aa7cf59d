namespace LlavaMod.Cli.Chat;

/// <summary>What a user types instead of a message.</summary>
/// <param name="Name">The command, with its slash.</param>
/// <param name="Argument">What follows it, as the help shows it; empty for nothing.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Run">Does it, with what follows the name.</param>
internal sealed record ChatCommand(string Name, string Argument, string Summary, Action<string> Run);
