using System.Buffers;
using System.Buffers.Binary;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.OpenInference;

/// <summary>
/// Reads a raw body: nothing but the bytes of the model's only input, one row of it. The shape is the signature's, with at
/// most one variable dimension, which the body's length decides. A BYTES input is one element, the body itself.
/// </summary>
internal static class RawBodyReader
{
    private const int Prefix = 4;

    public static Outcome<ParsedInference> Read(
        in ReadOnlySequence<byte> body, ModelMetadata signature, TensorPool pool, bool bodyOutlivesRequest)
    {
        if (signature.Inputs.Count != 1)
        {
            return ServingError.Invalid("a raw body (Inference-Header-Content-Length: 0) needs a model with one input; "
                + $"'{signature.Name}' has {signature.Inputs.Count}");
        }

        var input = signature.Inputs[0];
        if (body.Length > Array.MaxLength - Prefix)
            return ServingError.Invalid($"input '{input.Name}' has more bytes than a tensor can hold");
        if (!ShapeOf(signature, (int)body.Length).TryGetValue(out var shape, out var error)) return error;
        var lease = default(TensorLease);
        var data = input.Type == TensorType.Bytes
            ? TakeElement(body, pool, ref lease)
            : BinaryBlobReader.Take(body, input.Type, bodyOutlivesRequest, pool, ref lease);
        if (RawElements.Fault(input.Type, shape, TensorShape.ElementCount(shape), data.Span) is { } fault)
        {
            lease?.Dispose();
            return ServingError.Invalid($"input '{input.Name}' {fault}");
        }

        return new ParsedInference
        {
            Inputs = [new Tensor(input.Name, input.Type, shape, data)],
            Outputs = [],
            Forms = OutputForms.AllBinary,
            Parameters = [],
            Lease = lease,
        };
    }

    private static ReadOnlyMemory<byte> TakeElement(in ReadOnlySequence<byte> body, TensorPool pool, ref TensorLease? lease)
    {
        var length = (int)body.Length;
        lease = new TensorLease(pool);
        var memory = lease.Rent(Prefix + length);
        BinaryPrimitives.WriteInt32LittleEndian(memory.Span, length);
        body.CopyTo(memory.Span[Prefix..]);
        return memory;
    }

    /// <summary>The shape that one row of so many bytes has.</summary>
    private static Outcome<long[]> ShapeOf(ModelMetadata signature, int length)
    {
        var input = signature.Inputs[0];
        long[] shape = [.. input.Shape];
        if (signature.MaxBatchSize > 0 && shape.Length > 0) shape[0] = 1;
        var variable = Array.IndexOf(shape, -1);
        if (variable >= 0 && Array.IndexOf(shape, -1, variable + 1) >= 0)
            return ServingError.Invalid($"a raw body needs at most one variable dimension; {Describe(input)}");

        if (variable >= 0) shape[variable] = 1;
        if (!TensorShape.TryElementCount(shape, out var elements)) elements = long.MaxValue;
        if (input.Type == TensorType.Bytes)
            return elements == 1 ? shape : ServingError.Invalid($"a raw body is one BYTES element; {Describe(input)}");

        var needed = (UInt128)(ulong)elements * (uint)input.Type.Size();
        if (variable < 0 && needed == (uint)length) return shape;
        if (variable < 0) return ServingError.Invalid($"the raw body has {length} bytes, not {needed}; {Describe(input)}");
        if (needed == 0 || (uint)length % needed != 0)
            return ServingError.Invalid($"the raw body has {length} bytes, not a multiple of {needed}; {Describe(input)}");
        shape[variable] = length / (long)needed;
        return shape;
    }

    private static string Describe(TensorSignature input) =>
        $"input '{input.Name}' is {input.Type.Name()} of shape {TensorShape.Format([.. input.Shape])}";
}
