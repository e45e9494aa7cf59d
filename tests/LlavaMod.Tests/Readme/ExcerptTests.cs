namespace LlavaMod.Tests.Readme;

public sealed class ExcerptTests
{
    [Fact]
    public void The_recipe_that_is_shown_is_an_excerpt_of_the_papers()
    {
        var recipe = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "recipes/llava-mod/llava-mod.yaml"));
        recipe.ShouldContain(new Markdown("README.md").Blocks("yaml").ShouldHaveSingleItem(), Case.Sensitive);
    }
}
