using System.Runtime.CompilerServices;
using Gateway.Access.Quotas;

namespace Gateway.Http;

/// <summary>
/// What stood in a path where its pattern has names, decoded only when asked; and of an inference what it was let in with, which goes
/// this way since a feature of the request costs a search each time.
/// </summary>
internal struct PathValues
{
    /// <summary>Names a pattern may have, at the most.</summary>
    public const int Most = 4;

    private readonly Operation operation;
    private readonly string target;
    private Spans spans;
    private QuotaPass? pass;

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

    public QuotaPass Pass
    {
        readonly get => pass ?? throw new InvalidOperationException("Only an inference has a pass.");
        set => pass = value;
    }

    private static string Decode(ReadOnlySpan<char> segment) =>
        segment.Contains('%') ? Uri.UnescapeDataString(segment) : segment.ToString();

    [InlineArray(Most)]
    private struct Spans
    {
        private Range first;
    }
}
