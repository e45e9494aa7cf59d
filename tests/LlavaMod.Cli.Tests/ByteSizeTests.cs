namespace LlavaMod.Cli.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("500 mb", 500_000_000)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("1.5K", 1500)]
    [InlineData("1000000", 1_000_000)]
    public void Sizes_are_read_as_they_are_written(string text, long bytes) => ByteSize.Parse(text, "--size").ShouldBe(bytes);

    [Theory, InlineData(""), InlineData("GB"), InlineData("-1GB"), InlineData("0.1"), InlineData("5 GBs"), InlineData("9999999999TB")]
    public void Anything_else_is_the_users_error(string text) => Should.Throw<UserError>(() => ByteSize.Parse(text, "--size")).Message.ShouldContain($"--size is '{text}'");
}
