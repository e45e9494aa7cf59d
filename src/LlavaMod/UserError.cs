namespace LlavaMod;

/// <summary>
/// Something in the user's hands is wrong: a file, a recipe, an argument. The message is one line that says what is wrong, where,
/// the value seen, and what to do. The command line prints it and exits with 1.
/// </summary>
public sealed class UserError(string message, Exception? inner = null) : Exception(message, inner);
