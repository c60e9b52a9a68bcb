using System.Buffers;
using System.Runtime.InteropServices;
using Serving.Drift.Quality;

namespace Serving.Drift.Observing;

/// <summary>
/// A copy of the watched tensors of one request and its answer: in a rented block, first the length of each slot (-1 where there
/// is no such tensor), then their data.
/// </summary>
/// <param name="Tap">Where it was taken.</param>
/// <param name="At">When.</param>
/// <param name="Id">The request's id.</param>
/// <param name="Latency">How long the answer took.</param>
/// <param name="Draw">How it was drawn, while a rollout draws; else null.</param>
/// <param name="Rows">Rows of each tensor.</param>
/// <param name="Block">Rented; given back by whoever reads it.</param>
/// <param name="Bytes">Used bytes of the block.</param>
internal readonly record struct Observation(ObservationTap Tap, DateTimeOffset At, string Id, TimeSpan Latency, Draw? Draw, int Rows, byte[] Block, int Bytes)
{
    public int LengthOf(int slot) => MemoryMarshal.Cast<byte, int>(Block.AsSpan())[slot];

    public void Return() => ArrayPool<byte>.Shared.Return(Block);
}
