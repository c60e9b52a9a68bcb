namespace Serving.Models.Config.Schema;

/// <summary>The fields of one message.</summary>
internal sealed class MessageSpec(params FieldSpec[] fields)
{
    public IReadOnlyList<FieldSpec> Fields { get; } = fields;

    /// <summary>The field of that name; null when there is none. Only the JSON form knows a second spelling.</summary>
    public FieldSpec? Find(string name, ConfigForm form)
    {
        foreach (var field in Fields)
            if (field.Name == name || (form == ConfigForm.Json && field.JsonName == name)) return field;
        return null;
    }
}
