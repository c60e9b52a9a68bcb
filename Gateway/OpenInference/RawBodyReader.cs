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
    public static Outcome<ParsedInference> Read(
        in ReadOnlySequence<byte> body, ModelMetadata signature, TensorPool pool, bool bodyOutlivesRequest)
    {
        if (signature.Inputs.Count != 1)
        {
            return ServingError.Invalid(
                $"a raw body (Inference-Header-Content-Length: 0) needs a model with one input; '{signature.Name}' has {signature.Inputs.Count}");
        }

        var input = signature.Inputs[0];
        if (!TryShape(signature, input, body.Length, out var shape, out var error)) return error;
        var lease = default(TensorLease);
        ReadOnlyMemory<byte> data;
        if (input.Type == TensorType.Bytes)
        {
            var length = (int)body.Length;
            lease = new TensorLease(pool);
            var memory = lease.Rent(length + 4);
            BinaryPrimitives.WriteInt32LittleEndian(memory, length);
            body.CopyTo(memory.AsSpan(4));
            data = memory.AsMemory(0, length + 4);
        }
        else
        {
            data = BinaryBlobReader.Take(body, input.Type, bodyOutlivesRequest, pool, ref lease);
        }

        if (input.Type == TensorType.Bool && data.Span.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
        {
            lease?.Dispose();
            return ServingError.Invalid($"input '{input.Name}' has the byte {data.Span[at]} as BOOL element {at}; only 0 and 1 are");
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

    private static bool TryShape(ModelMetadata signature, TensorSignature input, long length, out long[] shape, out ServingError error)
    {
        shape = [.. input.Shape];
        error = null!;
        if (signature.MaxBatchSize > 0 && shape.Length > 0) shape[0] = 1;
        var variable = Array.IndexOf(shape, -1);
        if (variable >= 0 && Array.IndexOf(shape, -1, variable + 1) >= 0)
            error = ServingError.Invalid($"a raw body needs at most one variable dimension; input '{input.Name}' has shape {TensorShape.Format([.. input.Shape])}");
        else if (length > Array.MaxLength - 4)
            error = ServingError.Invalid($"input '{input.Name}' has more bytes than a tensor can hold");
        if (error is not null) return false;

        if (variable >= 0) shape[variable] = 1;
        if (!TensorShape.TryElementCount(shape, out var row)) row = long.MaxValue;
        if (input.Type == TensorType.Bytes)
        {
            if (row != 1) error = ServingError.Invalid($"a raw body is one BYTES element; input '{input.Name}' has shape {TensorShape.Format([.. input.Shape])}");
            return error is null;
        }

        var rowBytes = (UInt128)(ulong)row * (uint)input.Type.Size();
        if (variable >= 0 && rowBytes > 0 && (UInt128)(ulong)length % rowBytes == 0) shape[variable] = length / (long)rowBytes;
        else if (variable >= 0 || rowBytes != (UInt128)(ulong)length)
        {
            error = ServingError.Invalid($"the raw body has {length} bytes, but input '{input.Name}' of shape "
                + $"{TensorShape.Format([.. input.Shape])} and type {input.Type.Name()} needs {(variable >= 0 ? "a multiple of " : "")}{rowBytes}");
        }

        return error is null;
    }
}
