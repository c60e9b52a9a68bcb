using System.Runtime.InteropServices;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>Takes what a run gave: small tensors are copied into a lease's memory, the lease holds large ones as they are.</summary>
internal readonly unsafe ref struct ValueReader(OnnxRuntime runtime, TensorLease lease)
{
    /// <summary>Bytes from which on a copy costs more than an object that holds the runtime's own memory.</summary>
    private const int Large = 32 << 10;

    private readonly OrtApi api = runtime.Api;

    /// <param name="name">The tensor's name.</param>
    /// <param name="value">The runtime's tensor; zero afterwards when the lease owns it from now on.</param>
    /// <param name="inputs">Where the run's inputs lie: a tensor in there, which a model only passes on, is not the runtime's.</param>
    public Tensor TakeTensor(string name, ref nint value, ReadOnlySpan<NativeRange> inputs)
    {
        var (type, shape) = ReadShape(name, value);
        var bytes = type == TensorType.Bytes ? 0 : TensorShape.ElementCount(shape) * type.Size();
        if (bytes is < Large or > int.MaxValue) return Copy(name, value, type, shape);
        void* data;
        runtime.Check(api.GetTensorMutableData(value, &data));
        foreach (var input in inputs)
            if (input.Overlaps(data, bytes)) return Copy(name, value, type, shape);
        var memory = new NativeTensorMemory(new OrtHandle(value, api.ReleaseValue), data, (int)bytes);
        value = 0;
        lease.Hold(memory);
        return new Tensor(name, type, shape, memory.Memory);
    }

    public Tensor ReadTensor(string name, nint value)
    {
        var (type, shape) = ReadShape(name, value);
        return Copy(name, value, type, shape);
    }

    private Tensor Copy(string name, nint value, TensorType type, long[] shape)
    {
        var count = TensorShape.ElementCount(shape);
        if (type == TensorType.Bytes) return new Tensor(name, type, shape, ReadStrings(value, count));

        var length = checked((int)(count * type.Size()));
        if (length == 0) return new Tensor(name, type, shape, default);
        void* data;
        runtime.Check(api.GetTensorMutableData(value, &data));
        var block = lease.Rent(length);
        new ReadOnlySpan<byte>(data, length).CopyTo(block.Span);
        return new Tensor(name, type, shape, block);
    }

    /// <summary>Adds <c>name.0</c>, <c>name.1</c> … for the elements of a sequence of tensors.</summary>
    public void ReadSequence(string name, nint value, List<Tensor> result)
    {
        var count = Count(value);
        for (var i = 0; i < count; i++)
        {
            using var element = Element(value, i);
            result.Add(ReadTensor($"{name}.{i}", element.DangerousGetHandle()));
        }
    }

    /// <summary>
    /// The keys (part 0) or values (part 1) of a map as a tensor [keys], or of a sequence of maps as [rows, keys]. Every map of a
    /// sequence must have as many keys as the first.
    /// </summary>
    public Tensor ReadMap(TensorSignature signature, nint value, int part)
    {
        if (signature.Shape.Count == 1)
        {
            using var only = Element(value, part);
            return ReadTensor(signature.Name, only.DangerousGetHandle());
        }

        var rows = Count(value);
        var parts = new ReadOnlyMemory<byte>[rows];
        long columns = 0;
        var length = 0;
        for (var i = 0; i < rows; i++)
        {
            using var map = Element(value, i);
            using var element = Element(map.DangerousGetHandle(), part);
            var row = ReadTensor(signature.Name, element.DangerousGetHandle());
            if (i > 0 && row.ElementCount != columns)
                throw new OrtException(0, $"output '{signature.Name}' has {row.ElementCount} keys in row {i} and {columns} in row 0; rows of one tensor must agree");
            columns = row.ElementCount;
            parts[i] = row.Data;
            length += row.Data.Length;
        }

        var block = lease.Rent(length);
        var at = 0;
        foreach (var data in parts)
        {
            data.CopyTo(block[at..]);
            at += data.Length;
        }

        return new Tensor(signature.Name, signature.Type, [rows, columns], block);
    }

    private (TensorType Type, long[] Shape) ReadShape(string name, nint value)
    {
        nint info;
        runtime.Check(api.GetTensorTypeAndShape(value, &info));
        try
        {
            int element;
            nuint rank;
            runtime.Check(api.GetTensorElementType(info, &element));
            runtime.Check(api.GetDimensionsCount(info, &rank));
            var shape = new long[(int)rank];
            fixed (long* dimensions = shape) runtime.Check(api.GetDimensions(info, dimensions, rank));
            return ElementTypes.TryFromOrt(element, out var type)
                ? (type, shape)
                : throw new OrtException(0, $"output '{name}' has an element type (ONNX number {element}) that the protocol has no name for");
        }
        finally
        {
            api.ReleaseTensorInfo(info);
        }
    }

    private ReadOnlyMemory<byte> ReadStrings(nint value, long count)
    {
        if (count == 0) return default;
        nuint total;
        runtime.Check(api.GetStringTensorDataLength(value, &total));
        var content = new byte[(int)total];
        var offsets = new nuint[count];
        fixed (byte* text = content)
        fixed (nuint* starts = offsets)
            runtime.Check(api.GetStringTensorContent(value, text, total, starts, (nuint)count));

        var length = checked((int)total + 4 * (int)count);
        var block = lease.Rent(length);
        var at = 0;
        for (var i = 0; i < offsets.Length; i++)
        {
            var start = (int)offsets[i];
            var end = i + 1 < offsets.Length ? (int)offsets[i + 1] : (int)total;
            var size = end - start;
            MemoryMarshal.Write(block.Span[at..], size);
            content.AsSpan(start, size).CopyTo(block.Span[(at + 4)..]);
            at += 4 + size;
        }

        return block;
    }

    private int Count(nint value)
    {
        nuint count;
        runtime.Check(api.GetValueCount(value, &count));
        return (int)count;
    }

    private OrtHandle Element(nint value, int index)
    {
        nint element;
        runtime.Check(api.GetValue(value, index, runtime.Allocator, &element));
        return new OrtHandle(element, api.ReleaseValue);
    }
}
