using Serving.Inference;

namespace Grains.Inference;

/// <summary>
/// The tensors of a request or an answer on their way to another process. Sealed and immutable, so that inside one process they are handed
/// on as they are; on the wire in the form of <see cref="SentTensorsCodec"/>.
/// </summary>
[Immutable, Alias("serving.tensors")]
public sealed class SentTensors(Tensor[] tensors)
{
    public static readonly SentTensors None = new([]);

    /// <summary>Not to be modified.</summary>
    public Tensor[] Tensors { get; } = tensors;

    /// <summary>Bytes of all data.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var tensor in Tensors) bytes += tensor.Data.Length;
            return bytes;
        }
    }

    /// <summary>Copies of their own: an answer is written to the wire after the method that gave it has ended, and its pooled memory must not be.</summary>
    public static SentTensors Copies(IReadOnlyList<Tensor> tensors)
    {
        var copies = new Tensor[tensors.Count];
        for (var i = 0; i < copies.Length; i++) copies[i] = tensors[i] with { Data = tensors[i].Data.ToArray() };
        return new SentTensors(copies);
    }

    /// <summary>Copies in leased memory: the caller's is the caller's again as soon as the request ends, whatever is then still being sent.</summary>
    public static SentTensors Copies(IReadOnlyList<Tensor> tensors, TensorLease lease)
    {
        var copies = new Tensor[tensors.Count];
        for (var i = 0; i < copies.Length; i++)
        {
            var data = tensors[i].Data;
            var block = lease.Rent(data.Length);
            data.CopyTo(block);
            copies[i] = tensors[i] with { Data = block };
        }

        return new SentTensors(copies);
    }
}
