using Serving.Models.Config.Syntax;

namespace Serving.Models.Config.Schema;

/// <summary>
/// Reads nodes by the schema: types and ranges, single and repeated, maps and choices. Goes on after a fault, so that all
/// of them are found at once.
/// </summary>
internal sealed class ConfigInterpreter(ConfigForm form, ConfigFaults faults)
{
    public ConfigMessage Read(MessageSpec spec, ConfigNode node, string path = "")
    {
        var message = new ConfigMessage(node.Line);
        var chosen = new Dictionary<string, FieldSpec>();
        foreach (var (name, line, value) in node.Fields)
        {
            if (value.Kind == ConfigNodeKind.Null) continue;
            var fieldPath = path.Length == 0 ? name : $"{path}.{name}";
            if (spec.Find(name, form) is not { } field)
                faults.Warn(line, $"'{fieldPath}' is not a field of the model configuration and is ignored");
            else if (Admitted(field, fieldPath, line, value) && Chosen(field, fieldPath, line, chosen))
                ReadField(message, field, fieldPath, line, value);
        }

        return message;
    }

    /// <summary>Whether the field is to be read; says why not.</summary>
    private bool Admitted(FieldSpec field, string path, int line, ConfigNode value)
    {
        if (field.Effect == FieldEffect.Refused && !SaysNothing(value))
            faults.Refuse(line, $"'{path}' cannot be honoured: {field.Reason}");
        if (field.Effect == FieldEffect.Ignored && !SaysNothing(value) && !IsEmptyMessage(value))
            faults.Warn(line, $"'{path}' has no effect: {field.Reason}");
        return field.Kind != FieldKind.Opaque;
    }

    // What a program that writes every field writes for one that was never set.
    private static bool SaysNothing(ConfigNode value) => value.Kind switch
    {
        ConfigNodeKind.List => value.Items.Count == 0,
        ConfigNodeKind.Message => false,
        _ => value.Text is "" or "0" or "false" or "FORMAT_NONE" or "PRIORITY_DEFAULT",
    };

    private static bool IsEmptyMessage(ConfigNode value) => value.Kind == ConfigNodeKind.Message && value.Fields.Count == 0;

    private bool Chosen(FieldSpec field, string path, int line, Dictionary<string, FieldSpec> chosen)
    {
        if (field.Choice is null || chosen.TryAdd(field.Choice, field) || chosen[field.Choice] == field) return true;
        faults.Refuse(line, $"'{path}' contradicts '{chosen[field.Choice].Name}': only one of them may be set");
        return false;
    }

    private void ReadField(ConfigMessage message, FieldSpec field, string path, int line, ConfigNode value)
    {
        if (field.Key is not null && form == ConfigForm.Json) ReadJsonMap(message, field, path, line, value);
        else if (field.Repeated || field.Key is not null) ReadList(message, field, path, line, value);
        else if (message.Has(field.Name)) faults.Refuse(line, $"'{path}' is set twice, first on line {message.LineOf(field.Name)}");
        else if (Value(field, path, line, value) is { } single) message.Add(field.Name, new(single, line));
    }

    private void ReadList(ConfigMessage message, FieldSpec field, string path, int line, ConfigNode value)
    {
        var isList = value.Kind == ConfigNodeKind.List;
        if (!isList && form == ConfigForm.Json)
        {
            faults.Refuse(line, $"'{path}' must be a list in brackets");
            return;
        }

        foreach (var item in isList ? value.Items : [value])
        {
            if (field.Key is not null) ReadTextEntry(message, field, path, item);
            else
            {
                var itemPath = $"{path}[{message.Values(field.Name).Count}]";
                if (Value(field, itemPath, item.Line, item) is { } read) message.Add(field.Name, new(read, item.Line));
            }
        }
    }

    /// <summary>In text a map is a list of messages with a key and a value.</summary>
    private void ReadTextEntry(ConfigMessage message, FieldSpec field, string path, ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Message)
        {
            faults.Refuse(node.Line, $"'{path}' must be written as {path} {{ key: … value: … }}");
            return;
        }

        var spec = new MessageSpec(new("key", field.Key!.Value), new("value", field.Kind) { Message = field.Message });
        var entry = Read(spec, node, path);
        foreach (var part in spec.Fields)
            if (!node.Fields.Any(written => written.Name == part.Name))
                faults.Refuse(node.Line, $"'{path}' has an entry without a {part.Name}");
        if (entry.Values("key") is [var key] && entry.Values("value") is [var value])
            AddEntry(message, field, path, node.Line, key.Value, value.Value);
    }

    private void ReadJsonMap(ConfigMessage message, FieldSpec field, string path, int line, ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Message)
        {
            faults.Refuse(line, $"'{path}' must be an object in braces");
            return;
        }

        foreach (var (name, entryLine, value) in node.Fields)
        {
            if (ScalarReader.ReadJsonKey(field, name, entryLine, out var expected) is not { } key)
                faults.Refuse(entryLine, $"the key '{name}' of '{path}' must be {expected}");
            else if (Value(field, $"{path}[\"{name}\"]", entryLine, value) is { } read)
                AddEntry(message, field, path, entryLine, key, read);
        }
    }

    private void AddEntry(ConfigMessage message, FieldSpec field, string path, int line, object key, object value)
    {
        if (!message.TryAddEntry(field.Name, new(value, line, key))) faults.Refuse(line, $"'{path}' has the key '{key}' twice");
    }

    private object? Value(FieldSpec field, string path, int line, ConfigNode node)
    {
        if (field.Kind == FieldKind.Message)
        {
            if (node.Kind == ConfigNodeKind.Message) return Read(field.Message!, node, path);
            faults.Refuse(line, $"'{path}' must be {(form == ConfigForm.Json ? "an object" : "a message")} in braces");
            return null;
        }

        if (ScalarReader.Read(field, field.Kind, node, form, out var expected) is { } scalar) return scalar;
        faults.Refuse(line, $"'{path}' must be {expected}");
        return null;
    }
}
