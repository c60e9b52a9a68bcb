using System.Runtime.InteropServices;
using Serving.Drift.Quality;

namespace Serving.Drift.Observing;

/// <summary>
/// A copy of the watched tensors of one request and its answer, in a part of a block: first the length of each slot (-1 where there
/// is no such tensor), then their data, and behind it the characters of the request's id.
/// </summary>
/// <param name="Tap">Where it was taken.</param>
/// <param name="At">When.</param>
/// <param name="Latency">How long the answer took.</param>
/// <param name="Draw">How it was drawn, while a rollout draws; else null.</param>
/// <param name="Rows">Rows of each tensor.</param>
/// <param name="Block">Where it is.</param>
/// <param name="Bytes">Bytes of the lengths and the data.</param>
internal readonly record struct Observation(ObservationTap Tap, DateTimeOffset At, TimeSpan Latency, Draw? Draw, int Rows, byte[] Block, int Bytes)
{
    /// <summary>Where in the block it begins.</summary>
    public int Start { get; init; }

    /// <summary>Characters of the id behind the data; 0 when nobody needs it.</summary>
    public int IdLength { get; init; }

    /// <summary>The request's id.</summary>
    public ReadOnlySpan<char> Id => MemoryMarshal.Cast<byte, char>(Block.AsSpan(Start + Bytes, IdLength * sizeof(char)));

    /// <summary>The lengths and the data.</summary>
    public ReadOnlySpan<byte> Data => Block.AsSpan(Start, Bytes);

    public int LengthOf(int slot) => MemoryMarshal.Cast<byte, int>(Data)[slot];
}
