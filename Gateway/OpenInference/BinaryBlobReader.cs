using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>
/// Takes a tensor's blob from behind the JSON. A blob that lies in one piece, aligned for its elements, becomes the tensor
/// where the body's memory lives long enough; any other is copied once, piece by piece.
/// </summary>
internal static class BinaryBlobReader
{
    /// <param name="state">Whose <see cref="BodyState.NextBlob"/> is where the blob starts; on success its end.</param>
    /// <param name="input">The input, for sentences.</param>
    /// <param name="name">The input's name.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The shape, checked.</param>
    /// <param name="size">The <c>binary_data_size</c> as sent, not negative.</param>
    /// <param name="data">All elements.</param>
    public static bool Read(
        ref BodyState state, FieldPath input, string name, TensorType type, long[] shape, long size,
        out ReadOnlyMemory<byte> data)
    {
        data = default;
        if (state.NextBlob < 0)
            return state.Invalid($"{input} has binary_data_size, but the request has no Inference-Header-Content-Length header");

        var elements = TensorShape.ElementCount(shape);
        var needed = (UInt128)(ulong)elements * (uint)type.Size();
        if (type != TensorType.Bytes && needed != (ulong)size)
        {
            return state.Invalid($"{input["parameters.binary_data_size"]} is {size}, "
                + $"but shape {TensorShape.Format(shape)} of {type.Name()} needs {needed} bytes");
        }

        var available = state.Body.Length - state.NextBlob;
        if (available < size)
        {
            return state.Invalid($"unexpected size for input '{name}', "
                + $"expecting {size - available} additional bytes for model '{state.Model}'");
        }

        if (size > Array.MaxLength) return state.Invalid($"{input} has more bytes than a tensor can hold");

        data = Take(state.Body.Slice(state.NextBlob, size), type, state.MayRefer, state.Pool, ref state.Lease);
        state.NextBlob += size;
        return RawElements.Fault(type, shape, elements, data.Span) is not { } fault || state.Invalid($"{input} {fault}");
    }

    /// <summary>The blob as tensor memory: itself, or a copy.</summary>
    public static ReadOnlyMemory<byte> Take(
        in ReadOnlySequence<byte> blob, TensorType type, bool mayRefer, TensorPool pool, ref TensorLease? lease)
    {
        if (blob.IsEmpty) return default;
        if (mayRefer && blob.IsSingleSegment && IsAligned(blob.FirstSpan, type.Size())) return blob.First;
        lease ??= new TensorLease(pool);
        var memory = lease.Rent((int)blob.Length);
        blob.CopyTo(memory.Span);
        return memory;
    }

    /// <remarks>The collector may move the memory, but only by multiples of the largest element.</remarks>
    private static unsafe bool IsAligned(ReadOnlySpan<byte> memory, int elementSize) =>
        elementSize <= 1 || ((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)) & (uint)(elementSize - 1)) == 0;
}
