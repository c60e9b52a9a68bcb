using Serving.Inference;

namespace Grains.Inference;

/// <summary>
/// A tensor on its way to another process. Sealed and immutable, so that inside one process it is handed on as it is; the memory
/// is a member and not an argument of its own, which the serializer would copy element by element.
/// </summary>
[GenerateSerializer, Immutable, Alias("serving.tensor")]
public sealed class SentTensor(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> data)
{
    /// <inheritdoc cref="Tensor.Name"/>
    [Id(0)]
    public string Name { get; } = name;

    /// <inheritdoc cref="Tensor.Type"/>
    [Id(1)]
    public TensorType Type { get; } = type;

    /// <inheritdoc cref="Tensor.Shape"/>
    [Id(2)]
    public long[] Shape { get; } = shape;

    /// <inheritdoc cref="Tensor.Data"/>
    [Id(3)]
    public ReadOnlyMemory<byte> Data { get; } = data;

    /// <summary>The same tensors as the port names them, over the same memory.</summary>
    public static Tensor[] ToTensors(SentTensor[] sent)
    {
        var tensors = new Tensor[sent.Length];
        for (var i = 0; i < sent.Length; i++) tensors[i] = new Tensor(sent[i].Name, sent[i].Type, sent[i].Shape, sent[i].Data);
        return tensors;
    }

    /// <summary>The same memory, which must then stay as it is for as long as it may be sent.</summary>
    public static SentTensor[] Over(IReadOnlyList<Tensor> tensors)
    {
        var sent = new SentTensor[tensors.Count];
        for (var i = 0; i < sent.Length; i++) sent[i] = new SentTensor(tensors[i].Name, tensors[i].Type, tensors[i].Shape, tensors[i].Data);
        return sent;
    }

    /// <summary>Copies of their own: an answer is written to the wire after the method that gave it has ended, and its pooled memory must not be.</summary>
    public static SentTensor[] Copies(IReadOnlyList<Tensor> tensors)
    {
        var copies = new SentTensor[tensors.Count];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = new SentTensor(tensors[i].Name, tensors[i].Type, tensors[i].Shape, tensors[i].Data.ToArray());
        return copies;
    }

    /// <summary>Copies in leased memory: the caller's is the caller's again as soon as the request ends, whatever is then still being sent.</summary>
    public static SentTensor[] Copies(IReadOnlyList<Tensor> tensors, TensorLease lease)
    {
        var copies = new SentTensor[tensors.Count];
        for (var i = 0; i < copies.Length; i++)
        {
            var tensor = tensors[i];
            var block = lease.Rent(tensor.Data.Length);
            tensor.Data.CopyTo(block);
            copies[i] = new SentTensor(tensor.Name, tensor.Type, tensor.Shape, block.AsMemory(0, tensor.Data.Length));
        }

        return copies;
    }
}
