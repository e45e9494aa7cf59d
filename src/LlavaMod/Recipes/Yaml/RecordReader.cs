using System.Collections.Immutable;
using System.Reflection;

namespace LlavaMod.Recipes.Yaml;

/// <summary>
/// Reads nodes into records, strictly: every unknown key, wrong type and value out of range is reported, and reading goes on.
/// </summary>
internal sealed class RecordReader(RecipeParts parts, RecipeErrors errors, bool pathsMustExist)
{
    /// <summary>The record, with defaults in place of what was wrong.</summary>
    public T Read<T>(YamlNode node) => (T)ReadRecord(typeof(T), node, "")!;

    private object? ReadRecord(Type type, YamlNode node, string path)
    {
        errors.Place(path, node.Source);
        var shape = RecordShape.Of(type);
        if (node is YamlScalar && shape.NameAlone is { } name)
            node = new YamlMap(node.Source, [new(name.Key, node)]);
        if (node is not YamlMap map)
        {
            var keys = string.Join(", ", shape.Members.Select(member => member.Key));
            errors.Add(path, node.Source, $"expected a mapping with the keys {keys}; found {node.Shown}");
            return shape.Create(new Dictionary<RecordMember, object?>());
        }
        var values = new Dictionary<RecordMember, object?>();
        var known = shape.Members.ToList();
        var complete = true;
        if (shape.Options is { } options)
            values[options] = ReadOptions(shape, options, map, path, known, ref complete);
        ReadMembers(shape, map, path, values);
        if (complete)
            RefuseUnknown(map, path, known);
        return shape.Create(values);
    }

    private void ReadMembers(RecordShape shape, YamlMap map, string path, Dictionary<RecordMember, object?> values)
    {
        foreach (var member in shape.Members)
        {
            var keyPath = Join(path, member.Key);
            var node = map.Find(member.Key);
            if (node is not null)
                errors.Place(keyPath, node.Source);
            if (node is null || (node.IsNull && !member.Nullable))
            {
                if (member.Required && !errors.Has(keyPath))
                    errors.Add(keyPath, map.Source, $"is required: {Expected(member.Type, member)}");
            }
            else if (node.IsNull)
            {
                values[member] = null;
            }
            else if (ReadValue(member.Type, node, keyPath, member) is { } value)
            {
                values[member] = value;
            }
        }
    }

    /// <summary>The options of the part that the mapping names; their keys join <paramref name="known"/>.</summary>
    private object? ReadOptions(
        RecordShape shape, RecordMember options, YamlMap map, string path, List<RecordMember> known, ref bool complete)
    {
        var attribute = options.OptionsOf!;
        var name = shape.Named(attribute.NameProperty);
        var instead = attribute.Unless.Select(shape.Named).ToArray();
        if (instead.Any(member => map.Find(member.Key) is { IsNull: false }))
        {
            known.Remove(name);
            return null;
        }
        if (instead.Length > 0 && map.Entries.All(entry => entry.Value.IsNull))
        {
            var others = string.Join(" or ", instead.Select(member => member.Key));
            errors.Add(path, map.Source, $"needs {others}, or the settings of a new one ({name.Key}, …)");
            complete = false;
            return null;
        }
        var wanted = map.Find(name.Key) is YamlScalar { IsNull: false } scalar ? scalar.Text : name.Default as string;
        var available = parts.Of(attribute.Parts);
        var entry = wanted is null ? null : available.Select(entry => entry.For(wanted)).FirstOrDefault(entry => entry is not null);
        complete = entry is not null;
        if (entry is null && wanted is not null)
        {
            var hint = Nearest.Hint(wanted, available.SelectMany(entry => entry.Names));
            errors.Add(Join(path, name.Key), (map.Find(name.Key) ?? map).Source, $"'{wanted}' is unknown; {hint}");
        }
        return entry?.OptionsType is { } type ? ReadOptions(type, map, path, known) : null;
    }

    private object ReadOptions(Type type, YamlMap map, string path, List<RecordMember> known)
    {
        var shape = RecordShape.Of(type);
        if (shape.Members.FirstOrDefault(member => known.Any(other => other.Key == member.Key)) is { } twice)
            throw new InvalidOperationException($"{type} has the key '{twice.Key}', which the recipe already uses there.");
        var values = new Dictionary<RecordMember, object?>();
        ReadMembers(shape, map, path, values);
        known.AddRange(shape.Members);
        return shape.Create(values);
    }

    private void RefuseUnknown(YamlMap map, string path, List<RecordMember> known)
    {
        var keys = known.Select(member => member.Key).ToArray();
        foreach (var (key, value) in map.Entries.Where(entry => !keys.Contains(entry.Key)))
            errors.Add(Join(path, key), value.Source, $"unknown key (value {value.Shown}); {Nearest.Hint(key, keys)}");
    }

    private object? ReadValue(Type type, YamlNode node, string path, RecordMember member)
    {
        errors.Place(path, node.Source);
        if (type == typeof(ExpertPlacement))
            return ExpertPlacementForm.Read(node) ?? Refuse(type, node, path, member);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>))
            return ReadList(type, node, path, member);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueMap<>))
            return ReadMap(type, node, path, member);
        if (!IsScalar(type))
            return ReadRecord(type, node, path);
        if (node is not YamlScalar scalar || ScalarForm.Read(type, scalar) is not { } value)
            return Refuse(type, node, path, member);
        if (member.Range is { } range && !range.IsValid(value))
            return Refuse(type, node, path, member);
        return member.Path is { } at ? Resolve((string)value, node, path, at) : value;
    }

    private object? ReadList(Type type, YamlNode node, string path, RecordMember member)
    {
        if (node is not YamlList list)
            return Refuse(type, node, path, member);
        if (member.Length is { } length && (list.Items.Count < length.MinimumLength || list.Items.Count > length.MaximumLength))
            return Refuse(type, node, path, member);
        var item = type.GetGenericArguments()[0];
        var values = list.Items
            .Select((element, index) => ReadValue(item, element, Join(path, YamlList.NameOf(element) ?? $"{index}"), member))
            .ToArray();
        if (values.Contains(null))
            return null;
        var array = Array.CreateInstance(item, values.Length);
        values.CopyTo(array, 0);
        return MakeList.MakeGenericMethod(item).Invoke(null, [array]);
    }

    private object? ReadMap(Type type, YamlNode node, string path, RecordMember member)
    {
        if (node is not YamlMap map)
            return Refuse(type, node, path, member);
        var item = type.GetGenericArguments()[0];
        var values = map.Entries.Where(entry => !entry.Value.IsNull)
            .Select(entry => (entry.Key, Value: ReadValue(item, entry.Value, Join(path, entry.Key), member)))
            .Where(entry => entry.Value is not null)
            .ToArray();
        return MakeMap.MakeGenericMethod(item).Invoke(null, [values]);
    }

    private object? Refuse(Type type, YamlNode node, string path, RecordMember member)
    {
        var hint = type.IsEnum && node is YamlScalar scalar ? Nearest.To(scalar.Text, ScalarForm.NamesOf(type)) : null;
        var meant = hint is null ? "" : $"; did you mean '{hint}'?";
        errors.Add(path, node.Source, $"expected {Expected(type, member)}; found {node.Shown}{meant}");
        return null;
    }

    private static string Expected(Type type, RecordMember member)
    {
        if (type == typeof(ExpertPlacement))
            return ExpertPlacementForm.Expected;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>))
        {
            var count = member.Length switch
            {
                null => "",
                { } length when length.MinimumLength == length.MaximumLength => $"{length.MinimumLength} items, each ",
                { } length => $"at least {length.MinimumLength} of ",
            };
            return $"a list: {count}{Expected(type.GetGenericArguments()[0], member)}";
        }
        if (member.Path is { Keywords.Count: > 0 } path)
            return $"{string.Join(", ", path.Keywords)}, or a path";
        return member.Path is not null ? "a path" : ScalarForm.Expected(type, member.Range);
    }

    private string? Resolve(string value, YamlNode node, string path, RecipePathAttribute attribute)
    {
        if (attribute.Keywords.Contains(value))
            return value;
        if (value.Length == 0 || value.Contains('\0'))
        {
            errors.Add(path, node.Source, $"expected a path; found {node.Shown}");
            return null;
        }
        var full = Path.GetFullPath(value, node.Source.Folder);
        if (pathsMustExist && !attribute.Made && (attribute.Pattern ? PathPattern.Missing(full) : Path.Exists(full) ? null : full) is { } missing)
            errors.Add(path, node.Source, $"no such file or folder: {value}{(Path.IsPathRooted(value) && missing == full ? "" : $" (looked for {missing})")}");
        return full;
    }

    private static bool IsScalar(Type type) => type.IsEnum || type.IsPrimitive || type == typeof(string);

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static readonly MethodInfo MakeList = Private(nameof(ListOf));
    private static readonly MethodInfo MakeMap = Private(nameof(MapOf));

    private static MethodInfo Private(string name) => typeof(RecordReader).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static ValueList<T> ListOf<T>(T[] items) => new(ImmutableArray.Create(items));

    private static ValueMap<T> MapOf<T>((string Key, object? Value)[] items) =>
        new(items.Select(item => KeyValuePair.Create(item.Key, (T)item.Value!)));
}
