using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LlavaMod.Recipes.Yaml;

/// <summary>Reads one YAML document into nodes, within limits: a recipe may come from anybody.</summary>
internal sealed class YamlReader
{
    public const int LargestFile = 1 << 20;
    public const int Deepest = 32;
    public const int MostNodes = 100_000;

    private readonly Parser parser;
    private readonly string file;
    private readonly string folder;
    private readonly Dictionary<string, YamlNode> anchors = [];
    private long nodes;

    private YamlReader(TextReader text, string file, string folder)
    {
        parser = new Parser(text);
        this.file = file;
        this.folder = folder;
    }

    /// <summary>Reads a file; its relative paths start at its own folder.</summary>
    public static YamlNode ReadFile(string path, string shownAs)
    {
        byte[] bytes;
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > LargestFile)
                throw new UserError($"{shownAs}: {info.Length:N0} bytes is too large for a recipe; the limit is {LargestFile:N0}");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{shownAs}: cannot read the recipe: {e.Message}", e);
        }
        return Read(Decode(bytes, shownAs), shownAs, Path.GetDirectoryName(Path.GetFullPath(path))!, lines: true);
    }

    /// <summary>Reads the value of a <c>--set</c> argument; its relative paths start at the current folder.</summary>
    public static YamlNode ReadArgument(string yaml, string shownAs) => Read(yaml, shownAs, Environment.CurrentDirectory, lines: false);

    private static YamlNode Read(string yaml, string shownAs, string folder, bool lines)
    {
        var reader = new YamlReader(new StringReader(yaml), shownAs, folder);
        try
        {
            return reader.ReadDocument(lines);
        }
        catch (YamlException e)
        {
            var where = new YamlSource(shownAs, lines ? (int)e.Start.Line : 0, folder);
            throw new UserError($"{where}: not valid YAML: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (InvalidOperationException e)
        {
            // The parser's own, on some texts that are not YAML; it does not say where.
            throw new UserError($"{shownAs}: not valid YAML: {e.Message}", e);
        }
    }

    private static string Decode(byte[] bytes, string shownAs)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new UserError($"{shownAs}: not UTF-8 text (byte {e.Index})", e);
        }
    }

    private YamlNode ReadDocument(bool lines)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out var end))
            return new YamlScalar(At(end, lines), "", plain: true);
        parser.Consume<DocumentStart>();
        var root = ReadNode(0, lines);
        parser.Consume<DocumentEnd>();
        return parser.Accept<StreamEnd>(out _)
            ? root
            : throw Refused(parser.Current!, lines, "a recipe is one YAML document; remove the second");
    }

    private YamlNode ReadNode(int depth, bool lines)
    {
        var current = parser.Consume<ParsingEvent>();
        if (depth > Deepest)
            throw Refused(current, lines, $"nested deeper than {Deepest} levels");
        if (current is NodeEvent { Tag.IsEmpty: false } tagged && tagged.Tag.Value != "!")
            throw Refused(current, lines, $"the tag {tagged.Tag.Value} is not supported; write the value without it");
        var node = current switch
        {
            AnchorAlias alias => anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw Refused(alias, lines, $"the alias *{alias.Value} has no anchor before it"),
            Scalar scalar => new YamlScalar(At(scalar, lines), scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart start => ReadList(start, depth, lines),
            MappingStart start => ReadMap(start, depth, lines),
            _ => throw Refused(current, lines, "unexpected end"),
        };
        nodes += current is AnchorAlias ? node.Size : 1;
        if (nodes > MostNodes)
            throw Refused(current, lines, $"more than {MostNodes:N0} values, aliases written out");
        if (current is NodeEvent { Anchor.IsEmpty: false } anchored)
            anchors[anchored.Anchor.Value] = node;
        return node;
    }

    private YamlList ReadList(SequenceStart start, int depth, bool lines)
    {
        var items = new List<YamlNode>();
        while (!parser.Accept<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1, lines));
        parser.Consume<SequenceEnd>();
        return new YamlList(At(start, lines), items);
    }

    private YamlMap ReadMap(MappingStart start, int depth, bool lines)
    {
        var entries = new OrderedDictionary<string, YamlNode>(StringComparer.Ordinal);
        while (!parser.Accept<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
                throw Refused(parser.Current!, lines, "a key must be plain text");
            if (!entries.TryAdd(key.Value, ReadNode(depth + 1, lines)))
                throw Refused(key, lines, $"the key '{key.Value}' stands twice in one mapping");
        }
        parser.Consume<MappingEnd>();
        return new YamlMap(At(start, lines), [.. entries]);
    }

    private YamlSource At(ParsingEvent current, bool lines) => new(file, lines ? (int)current.Start.Line : 0, folder);

    private UserError Refused(ParsingEvent current, bool lines, string reason) => new($"{At(current, lines)}: {reason}");
}
