using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LlavaMod.Recipes.Yaml;

/// <summary>Prints nodes as YAML: lists and mappings of plain values on one line where they are short, others in block style.</summary>
internal static class YamlWriter
{
    private const int LongestLine = 100;

    public static string Write(YamlNode node)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue).WithIndentedSequences());
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node, top: true);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, YamlNode node, bool top = false)
    {
        switch (node)
        {
            case YamlScalar scalar:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, scalar.Text, StyleOf(scalar), true, true));
                break;
            case YamlList list:
                var rows = FitsLine(list) ? SequenceStyle.Flow : SequenceStyle.Block;
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, rows));
                foreach (var item in list.Items)
                    Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case YamlMap map:
                var keys = !top && FitsLine(map) ? MappingStyle.Flow : MappingStyle.Block;
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, keys));
                foreach (var (key, value) in map.Entries)
                {
                    emitter.Emit(new Scalar(key));
                    Emit(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
        }
    }

    private static ScalarStyle StyleOf(YamlScalar scalar) => scalar.Plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;

    private static bool FitsLine(YamlNode node) => Width(node) <= LongestLine && node switch
    {
        YamlList list => list.Items.All(item => item is YamlScalar),
        YamlMap map => map.Entries.All(entry => entry.Value is YamlScalar or YamlMap && FitsLine(entry.Value)),
        _ => true,
    };

    private static int Width(YamlNode node) => node switch
    {
        YamlScalar scalar => scalar.Text.Length + 2,
        YamlList list => 2 + list.Items.Sum(item => Width(item) + 2),
        YamlMap map => 2 + map.Entries.Sum(entry => entry.Key.Length + 2 + Width(entry.Value)),
        _ => 0,
    };
}
