using System.Text.RegularExpressions;
using LlavaMod.Data.Formats;
using LlavaMod.Data.World;
using LlavaMod.Models.Connectors;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Tests.Readme;

public sealed partial class DocumentedKeysTests
{
    private static readonly YamlSource Nowhere = new("", 0, "");

    // The tables of docs/recipes.md: heading, records whose keys stand there, in order.
    private static readonly (string Heading, Type[] Records)[] Recipes =
    [
        ("## Top level", [typeof(Recipe)]),
        ("## tokenizer", [typeof(TokenizerSpec)]),
        ("## template", [typeof(TemplateSpec)]),
        ("## image", [typeof(ImageSpec)]),
        ("## models", [typeof(ModelSpec)]),
        ("### language", [typeof(LanguageSpec), typeof(Qwen2.Options)]),
        ("### vision", [typeof(VisionSpec), typeof(Clip.Options)]),
        ("### connector", [typeof(ConnectorSpec), typeof(Resampler.Options)]),
        ("### llava", [typeof(LlavaFormat.Options)]),
        ("### preference", [typeof(PreferenceFormat.Options)]),
        ("### messages", [typeof(MessagesFormat.Options)]),
        ("### webdataset", [typeof(WebDatasetFormat.Options)]),
        ("### world", [typeof(WorldFormat.Options)]),
        ("## evaluation", [typeof(EvaluationSpec), typeof(WorldEvaluationSpec), typeof(ExactMatchSpec), typeof(BenchmarkSpec)]),
        ("## stages", [typeof(StageSpec)]),
        ("### sources", [typeof(SourceSpec)]),
        ("### objectives", [typeof(ObjectiveSpec)]),
        ("### upcycle", [typeof(UpcycleSpec)]),
    ];

    public static TheoryData<string, string> Tables
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (heading, _) in Recipes) data.Add("docs/recipes.md", heading);
            foreach (var (heading, _) in Objectives) data.Add("docs/objectives.md", heading);
            return data;
        }
    }

    private static IEnumerable<(string Heading, Type[] Records)> Objectives =>
        Catalog<Objective>.Entries.Select(entry => ($"### {entry.Name}", entry.OptionsType is { } options ? (Type[])[options] : []));

    [Theory]
    [MemberData(nameof(Tables))]
    public void The_documents_have_every_key_with_its_default(string document, string heading)
    {
        var tables = document == "docs/recipes.md" ? Recipes : Objectives;
        var records = tables.Single(table => table.Heading == heading).Records;
        var expected = records.SelectMany(record => RecordShape.Of(record).Members).Select(member => $"{member.Key}: {Default(member)}");
        Rows(new Markdown(document).Text, heading).ShouldBe(expected);
    }

    private static string Default(RecordMember member)
    {
        if (member.Key == "micro_batch_size") return "`batch_size`";
        if (member.Required) return "required";
        if (member.Default is TemplateSpec or ImageSpec) return "see below";
        var text = YamlWriter.Write(new YamlMap(Nowhere, [KeyValuePair.Create(member.Key, RecordWriter.Write(member.Default))])).Trim();
        return $"`{text[(member.Key.Length + 2)..]}`";
    }

    // "key: default" of the table rows between a heading and the next one.
    private static IEnumerable<string> Rows(string text, string heading)
    {
        var start = text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, $"there is no '{heading}'");
        var section = text[(start + heading.Length + 2)..];
        var next = section.IndexOf("\n#", StringComparison.Ordinal);
        return Row().Matches(next < 0 ? section : section[..next]).Select(row => $"{row.Groups[1].Value}: {row.Groups[2].Value}");
    }

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
