namespace LlavaMod.Data.World;

/// <summary>Conversations about one image: its placeholder and a line end open the first human turn, as in LLaVA's data.</summary>
internal static class Prompts
{
    private const string ImageLine = "<image>\n";

    public static Turn Opening(string prompt) => new(Role.Human, ImageLine + prompt);

    public static Turn[] Turns(IReadOnlyList<(string Prompt, string Answer)> exchanges)
    {
        var turns = new Turn[2 * exchanges.Count];
        for (var i = 0; i < exchanges.Count; i++)
        {
            turns[2 * i] = i == 0 ? Opening(exchanges[i].Prompt) : new Turn(Role.Human, exchanges[i].Prompt);
            turns[(2 * i) + 1] = new Turn(Role.Assistant, exchanges[i].Answer);
        }

        return turns;
    }
}
