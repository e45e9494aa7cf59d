using System.Text.RegularExpressions;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

/// <summary>Answers a question's text from a scene's facts, written without the code that asks the questions.</summary>
internal static partial class FactChecker
{
    public static string Answer(Scene scene, string question)
    {
        if (Existence().Match(question) is { Success: true } existence)
            return YesNo(Find(scene, existence.Groups[1].Value).Length == 1);
        if (CountOf().Match(question) is { Success: true } count)
            return WorldWords.Numbers[scene.Objects.Count(item => Counts(item, count.Groups[1].Value))];
        if (ColourOf().Match(question) is { Success: true } colour)
            return scene.Objects.Single(item => item.Kind.Shape.Word() == colour.Groups[1].Value).Kind.Colour.Word();
        if (ShapeOf().Match(question) is { Success: true } shape)
            return scene.Objects.Single(item => item.Kind.Colour.Word() == shape.Groups[1].Value).Kind.Shape.Word();
        var relation = Relation().Match(question);
        relation.Success.ShouldBeTrue(question);
        var one = Find(scene, relation.Groups[1].Value).Single();
        var other = Find(scene, relation.Groups[3].Value).Single();
        return relation.Groups[2].Value switch
        {
            "left of" => Ordered(one.Column, other.Column, one.X, other.X),
            "right of" => Ordered(other.Column, one.Column, other.X, one.X),
            "above" => Ordered(one.Row, other.Row, one.Y, other.Y),
            _ => Ordered(other.Row, one.Row, other.Y, one.Y),
        };
    }

    private static SceneObject[] Find(Scene scene, string kind) => [.. scene.Objects.Where(item => item.Kind.ToString() == kind)];

    private static bool Counts(SceneObject item, string things) =>
        item.Kind.Shape.Plural() == things || $"{item.Kind.Colour.Word()} objects" == things;

    /// <summary>Grid and picture must agree, and the objects must not be level.</summary>
    private static string Ordered(int first, int second, double firstAt, double secondAt)
    {
        first.ShouldNotBe(second);
        (firstAt < secondAt - 0.15 || secondAt < firstAt - 0.15).ShouldBeTrue();
        (first < second).ShouldBe(firstAt < secondAt);
        return YesNo(first < second);
    }

    private static string YesNo(bool yes) => yes ? "yes" : "no";

    [GeneratedRegex("^Is there an? ([a-z]+ [a-z]+)\\?$")]
    private static partial Regex Existence();

    [GeneratedRegex("^How many ([a-z ]+) are there\\?$")]
    private static partial Regex CountOf();

    [GeneratedRegex("^What colour is the ([a-z]+)\\?$")]
    private static partial Regex ColourOf();

    [GeneratedRegex("^What shape is the ([a-z]+) object\\?$")]
    private static partial Regex ShapeOf();

    [GeneratedRegex("^Is the ([a-z]+ [a-z]+) (left of|right of|above|below) the ([a-z]+ [a-z]+)\\?$")]
    private static partial Regex Relation();
}
