using System.Text.Json;
using Serving.Documents;

namespace Serving.Drift;

/// <summary>Reads <c>{"learn": {"requests": 1000}}</c>.</summary>
public static class LearnJson
{
    private const int MaxBytes = 4096;

    /// <summary>Whether the body asks to learn, and is not a baseline by itself. Anything unreadable is not.</summary>
    public static bool IsLearn(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read()
                && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("learn"u8);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>How many requests to learn from.</summary>
    public static Outcome<int> Read(ReadOnlyMemory<byte> json, int most)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, MaxBytes, faults);
        if (faults.Any) return faults.ToError();
        var learn = fields.Object("learn", required: true);
        var requests = learn?.Integer("requests", 1, most, required: true);
        learn?.RefuseOthers();
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : (int)requests!.Value;
    }
}
