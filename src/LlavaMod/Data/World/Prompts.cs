namespace LlavaMod.Data.World;

/// <summary>Conversations about one image: its placeholder and a line end open the first human turn, as in LLaVA's data.</summary>
internal static class Prompts
{
    private const string ImageLine = "<image>\n";

    public static Turn Opening(string prompt) => new(Role.Human, ImageLine + prompt);

    public static Turn[] TextTurns(IReadOnlyList<(string Prompt, string Answer)> exchanges) =>
        [.. exchanges.SelectMany(exchange => new[] { new Turn(Role.Human, exchange.Prompt), new Turn(Role.Assistant, exchange.Answer) })];

    public static Turn[] Turns(IReadOnlyList<(string Prompt, string Answer)> exchanges)
    {
        var turns = TextTurns(exchanges);
        turns[0] = Opening(exchanges[0].Prompt);
        return turns;
    }
}
