using System.Text;

namespace LlavaMod.Tests.Recipes;

public class YamlLimitTests : RecipeFixture
{
    [Theory]
    [InlineData("a: 1\nb: [", "recipe.yaml:3: not valid YAML")]
    [InlineData("a: 1\na: 2", "recipe.yaml:2: the key 'a' stands twice in one mapping")]
    [InlineData("a: !!int 1", "recipe.yaml:1: the tag tag:yaml.org,2002:int is not supported")]
    [InlineData("a: *b", "recipe.yaml:1: the alias *b has no anchor before it")]
    [InlineData("a: &b [*b]", "recipe.yaml:1: the alias *b has no anchor before it")]
    [InlineData("a: 1\n---\nb: 2", "recipe.yaml:2: a recipe is one YAML document")]
    [InlineData("? [a]\n: 1", "recipe.yaml:1: a key must be plain text")]
    [InlineData(": {\n1", "recipe.yaml: not valid YAML")]
    [InlineData("", "recipe.yaml:1: expected a recipe")]
    [InlineData("- a", "recipe.yaml:1: expected a recipe")]
    [InlineData("extends: [a]", "recipe.yaml:1: extends: expected the path of a recipe; found [a]")]
    public void What_is_not_a_recipe_is_refused_with_its_line(string yaml, string message) =>
        Errors(yaml).ShouldHaveSingleItem().ShouldStartWith(message);

    [Fact]
    public void Anchors_and_aliases_work()
    {
        var yaml = Small.Replace("learning_rate: 1e-3\n    epochs: 1\n    batch_size: 8\n    micro", "learning_rate: &rate 3e-3\n    epochs: 1\n    batch_size: 8\n    micro")
            .Replace("learning_rate: 1e-4", "learning_rate: *rate");
        Load(yaml).Stage("preference").LearningRate.ShouldBe(3e-3);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 9; i++)
            yaml.AppendLine($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        Errors(yaml.ToString()).ShouldHaveSingleItem().ShouldContain("more than 100,000 values");
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Errors("a: " + new string('[', 5000)).ShouldHaveSingleItem().ShouldContain("nested deeper than 32 levels");

    [Fact]
    public void A_file_over_the_limit_is_refused_unread() =>
        Errors("# " + new string('x', 2 << 20)).ShouldHaveSingleItem().ShouldContain("too large for a recipe");

    [Fact]
    public void Bytes_that_are_not_text_are_refused()
    {
        File.WriteAllBytes(Folder["recipe.yaml"], [0x6e, 0x3a, 0xff, 0xfe]);
        Should.Throw<UserError>(() => new LlavaMod.Recipes.RecipeLoader(TestParts.All).Load(Folder["recipe.yaml"])).Message.ShouldContain("not UTF-8");
    }
}
