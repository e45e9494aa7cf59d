using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace LlavaMod.Recipes;

/// <summary>The keys of a record, for reading it from YAML and writing it back.</summary>
internal sealed class RecordShape
{
    private static readonly ConcurrentDictionary<Type, RecordShape> Known = new();
    private readonly ConstructorInfo constructor;
    private readonly RecordMember?[] parameters;

    private RecordShape(Type type)
    {
        constructor = type.GetConstructors().OrderBy(candidate => candidate.GetParameters().Length).FirstOrDefault()
            ?? throw new InvalidOperationException($"{type} has no public constructor, so a recipe cannot hold it.");
        var arguments = constructor.GetParameters();
        var blank = arguments.Length == 0 ? constructor.Invoke(null) : null;
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.SetMethod is { IsPublic: true })
            .OrderBy(property => property.DeclaringType == type) // what it inherits comes first
            .Select(property => new RecordMember(property, arguments.FirstOrDefault(argument => argument.Name == property.Name), blank))
            .ToArray();
        Options = members.FirstOrDefault(member => member.OptionsOf is not null);
        NameAlone = members.FirstOrDefault(member => member.Property.IsDefined(typeof(NameAloneAttribute)));
        Members = [.. members.Where(member => member.OptionsOf is null)];
        parameters = [.. arguments.Select(argument => members.FirstOrDefault(member => member.Property.Name == argument.Name))];
        if (parameters.Contains(null))
            throw new InvalidOperationException($"{type}'s constructor has a parameter that is not one of its properties.");
    }

    /// <summary>What has a key of its own.</summary>
    public IReadOnlyList<RecordMember> Members { get; }

    /// <summary>The property whose keys stand beside the record's own, or null.</summary>
    public RecordMember? Options { get; }

    /// <summary>The member that a scalar may give in place of a mapping, or null.</summary>
    public RecordMember? NameAlone { get; }

    public static RecordShape Of(Type type) => Known.GetOrAdd(type, static type => new RecordShape(type));

    public RecordMember Named(string property) => Members.First(member => member.Property.Name == property);

    /// <summary>The record with every default, or null where something has none.</summary>
    public object? CreateDefault() => Members.Any(member => member.Required) ? null : Create(new Dictionary<RecordMember, object?>());

    /// <summary>The record with these values, and defaults for the rest.</summary>
    public object Create(IReadOnlyDictionary<RecordMember, object?> values)
    {
        object? ValueOf(RecordMember member) => values.TryGetValue(member, out var value) ? value : member.Default;
        var record = constructor.Invoke([.. parameters.Select(member => ValueOf(member!))]);
        foreach (var (member, value) in values)
        {
            if (!parameters.Contains(member))
                member.Property.SetValue(record, value);
        }
        return record;
    }
}

/// <summary>One key of a record.</summary>
internal sealed class RecordMember
{
    public RecordMember(PropertyInfo property, ParameterInfo? parameter, object? blank)
    {
        Property = property;
        Key = KeyName.Of(property.Name);
        Required = parameter is { HasDefaultValue: false } || property.IsDefined(typeof(RequiredMemberAttribute));
        Default = parameter is not null ? DefaultOf(parameter) : blank is not null ? property.GetValue(blank) : null;
        Nullable = System.Nullable.GetUnderlyingType(property.PropertyType) is not null
            || new NullabilityInfoContext().Create(property) is { WriteState: NullabilityState.Nullable };
        Range = property.GetCustomAttribute<RangeAttribute>();
        Length = property.GetCustomAttribute<LengthAttribute>();
        Path = property.GetCustomAttribute<RecipePathAttribute>();
        OptionsOf = property.GetCustomAttribute<OptionsOfAttribute>();
    }

    public PropertyInfo Property { get; }

    public string Key { get; }

    public Type Type => System.Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether the YAML must give it.</summary>
    public bool Required { get; }

    /// <summary>Whether <c>null</c> is a value of it; where it is not, <c>null</c> stands for the default.</summary>
    public bool Nullable { get; }

    public object? Default { get; }

    public RangeAttribute? Range { get; }

    public LengthAttribute? Length { get; }

    public RecipePathAttribute? Path { get; }

    public OptionsOfAttribute? OptionsOf { get; }

    private static object? DefaultOf(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue || parameter.DefaultValue is null)
            return parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
        return parameter.DefaultValue;
    }
}
