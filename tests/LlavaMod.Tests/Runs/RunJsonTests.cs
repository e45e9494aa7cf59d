using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

public sealed class RunJsonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("[null]", "byte 1")]
    [InlineData("""{"seconds": 1, "models": [null]}""", "byte 26")]
    [InlineData("""{"seconds": 1, "models": [{"name": null}, null]}""", "byte 42")]
    public void A_null_in_a_list_of_any_file_of_a_run_is_the_users_error(string json, string place) =>
        Should.Throw<UserError>(() => RunJson.Read<object>(folder.Write("file.json", json))).Message.ShouldEndWith($"it holds null in a list, at {place}");

    [Fact]
    public void A_null_that_is_a_propertys_value_is_read() =>
        RunJson.Read<Dictionary<string, int?>>(folder.Write("file.json", """{"limit": null, "rows": 3}""")).ShouldBe(new Dictionary<string, int?> { ["limit"] = null, ["rows"] = 3 });
}
