using Serving.Models.Config.Values;

namespace Serving.Models.Config.Schema;

/// <summary>A message whose values have the types that the schema says. Absent fields read as protobuf's defaults.</summary>
/// <remarks>Values are bool, long (every integer), double, string, int (an enum's number) or <see cref="ConfigMessage"/>.</remarks>
internal sealed class ConfigMessage(int line)
{
    private readonly Dictionary<string, List<ConfigValue>> fields = new(StringComparer.Ordinal);
    private readonly HashSet<(string Field, object Key)> keys = [];

    /// <summary>Where the message starts.</summary>
    public int Line { get; } = line;

    public bool Has(string field) => fields.ContainsKey(field);

    public void Add(string field, ConfigValue value)
    {
        if (!fields.TryGetValue(field, out var values)) fields[field] = values = [];
        values.Add(value);
    }

    /// <summary>As <see cref="Add"/> for an entry of a map; false when the key is there already.</summary>
    public bool TryAddEntry(string field, ConfigValue entry)
    {
        if (!keys.Add((field, entry.Key!))) return false;
        Add(field, entry);
        return true;
    }

    /// <summary>The values of a field in their order; a map's carry their keys.</summary>
    public IReadOnlyList<ConfigValue> Values(string field) => fields.TryGetValue(field, out var values) ? values : [];

    /// <summary>Where the field stands, or the message when it does not.</summary>
    public int LineOf(string field) => fields.TryGetValue(field, out var values) ? values[0].Line : Line;

    public string Text(string field) => Get<string>(field, "");

    public bool Flag(string field) => Get(field, false);

    public long Integer(string field) => Get(field, 0L);

    public int Symbol(string field) => Get(field, 0);

    public ConfigMessage? Message(string field) => Get<ConfigMessage?>(field, null);

    public IEnumerable<ConfigMessage> Messages(string field) => Values(field).Select(value => (ConfigMessage)value.Value);

    public ValueList<T> List<T>(string field) => new(Values(field).Select(value => (T)value.Value).ToArray());

    public ValueMap<string, string> TextMap(string field) =>
        new(Values(field).Select(value => KeyValuePair.Create((string)value.Key!, (string)value.Value)));

    private T Get<T>(string field, T absent) => fields.TryGetValue(field, out var values) ? (T)values[0].Value : absent;
}
