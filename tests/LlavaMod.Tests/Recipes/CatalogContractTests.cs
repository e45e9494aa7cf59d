using System.Text.RegularExpressions;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Data.Formats;
using LlavaMod.Models.Connectors;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Recipes;

/// <summary>What holds for every named part that recipes may use.</summary>
public partial class CatalogContractTests
{
    public static TheoryData<string, CatalogEntry> Entries()
    {
        var entries = new TheoryData<string, CatalogEntry>();
        IEnumerable<CatalogEntry> all =
        [
            .. Catalog<Objective>.Entries, .. Catalog<ChatTemplate>.Entries, .. Catalog<IDatasetFormat>.Entries, .. Catalog<LanguageFamily>.Entries,
            .. Catalog<VisionFamily>.Entries, .. Catalog<Connector>.Entries, .. Catalog<CheckpointLayout>.Entries,
        ];
        foreach (var entry in all)
        {
            foreach (var name in entry.Names) entries.Add(name, entry);
        }
        return entries;
    }

    [Theory]
    [MemberData(nameof(Entries), DisableDiscoveryEnumeration = true)]
    public void A_part_has_a_name_for_yaml_and_says_what_it_is_in_one_line(string name, CatalogEntry entry)
    {
        Name().IsMatch(name).ShouldBeTrue(name);
        entry.Summary.ShouldNotBeNullOrWhiteSpace();
        entry.Summary.ShouldNotContain("\n");
        entry.Summary.Length.ShouldBeLessThan(140);
    }

    [Theory]
    [MemberData(nameof(Entries), DisableDiscoveryEnumeration = true)]
    public void A_part_without_required_options_can_be_made_from_its_defaults(string name, CatalogEntry entry)
    {
        if (entry.OptionsType is { } type && RecordShape.Of(type).Members.Any(member => member.Required))
            return;
        entry.Create().ShouldBeOfType(entry.Type, name);
    }

    [Theory]
    [MemberData(nameof(Entries), DisableDiscoveryEnumeration = true)]
    public void Options_with_equal_values_are_equal(string name, CatalogEntry entry)
    {
        if (entry.OptionsType is { } type && RecordShape.Of(type).CreateDefault() is not null)
            RecordShape.Of(type).CreateDefault().ShouldBe(RecordShape.Of(type).CreateDefault(), name);
    }

    [GeneratedRegex("^[a-z][a-z0-9]*([-_][a-z0-9]+)*$")]
    private static partial Regex Name();
}
