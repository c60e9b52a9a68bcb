using System.Runtime.CompilerServices;

namespace Gateway.Http;

/// <summary>What stood in a path where its pattern has names. Decoded only when asked.</summary>
internal struct PathValues
{
    /// <summary>Names a pattern may have, at the most.</summary>
    public const int Most = 4;

    private readonly Operation operation;
    private readonly string target;
    private Spans spans;

    public PathValues(Operation operation, string target, ReadOnlySpan<Range> found)
    {
        this.operation = operation;
        this.target = target;
        for (var i = 0; i < found.Length; i++) spans[i] = found[i];
    }

    /// <summary>The decoded value, or null when the pattern has no such name.</summary>
    public readonly string? this[string name]
    {
        get
        {
            var names = operation.Parameters;
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i] == name) return Decode(target.AsSpan()[spans[i]]);
            }

            return null;
        }
    }

    public readonly string Model => this["model"] ?? throw new InvalidOperationException("The pattern has no {model}.");

    public readonly string? Version => this["version"];

    private static string Decode(ReadOnlySpan<char> segment) =>
        segment.Contains('%') ? Uri.UnescapeDataString(segment) : segment.ToString();

    [InlineArray(Most)]
    private struct Spans
    {
        private Range first;
    }
}
