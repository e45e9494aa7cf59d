using LlavaMod.Data.Formats;
using LlavaMod.Recipes;

namespace LlavaMod.Cli.Tests;

public class ListTests
{
    [Fact]
    public void Every_part_is_listed_with_its_summary()
    {
        var lines = Cli.Run("list").Output.Split('\n');
        foreach (var entry in Catalog<IDatasetFormat>.Entries)
            lines.ShouldContain(line => line.StartsWith($"  {entry.Name} ") && line.EndsWith(entry.Summary));
    }

    [Fact]
    public void The_recipes_that_come_with_the_program_are_listed_and_load_by_their_path()
    {
        Cli.Run("list", "recipes").Output.ShouldContain("  toy/quickstart       LLaVA-MoD (arXiv 2408.15881) on the built-in world");
        foreach (var (name, summary) in ShippedRecipes.All)
        {
            File.Exists(ShippedRecipes.PathOf(name)).ShouldBeTrue();
            summary.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void A_kind_is_listed_with_keys_and_defaults()
    {
        var lines = Cli.Run("list", "formats").Output.Split('\n').Select(line => line.Trim()).ToArray();
        lines.ShouldContain("path: REQUIRED");
        lines.ShouldContain("limit: null");
    }
}
