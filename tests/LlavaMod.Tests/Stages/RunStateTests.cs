using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Tests.Stages;

public sealed class RunStateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("stages")]
    [InlineData("models")]
    [InlineData("samples")]
    public void A_list_that_holds_null_is_the_users_error(string list)
    {
        folder.Write("recipe.yaml", "name: run");
        folder.Write("state.json", """{"seconds": 1, "stages": [], "models": [], "samples": []}""".Replace($"\"{list}\": []", $"\"{list}\": [null]"));
        Should.Throw<UserError>(() => RunState.Read(RunFolder.Open(folder.Path))).Message.ShouldContain("it holds null in a list");
    }
}
