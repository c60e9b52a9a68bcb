using Serving.Batching;
using Serving.Inference;

namespace Serving.Caching;

/// <summary>One kept answer with the inputs that it answers. Immutable but for its place among the others, which the cache owns.</summary>
internal sealed class CachedResponse(
    (object Version, ulong Hash) key, PendingInference request, IReadOnlyList<Tensor> outputs, long size)
{
    /// <summary>What an entry costs besides its data: objects, names, shapes, its place in the table.</summary>
    private const long Overhead = 512;

    private readonly Tensor[] inputs = Copy(request.Inputs);
    private readonly int[] wanted = request.Outputs;

    public (object Version, ulong Hash) Key { get; } = key;

    public Tensor[] Outputs { get; } = Copy(outputs);

    /// <summary>Bytes it counts for.</summary>
    public long Size { get; } = size;

    public CachedResponse? Older { get; set; }

    public CachedResponse? Newer { get; set; }

    public static long SizeOf(PendingInference request, IReadOnlyList<Tensor> outputs)
    {
        var size = Overhead + request.Bytes;
        for (var i = 0; i < outputs.Count; i++) size += outputs[i].Data.Length;
        return size;
    }

    /// <summary>Whether the request asks exactly what this answers.</summary>
    public bool Answers(PendingInference request)
    {
        if (inputs.Length != request.Inputs.Length || !wanted.AsSpan().SequenceEqual(request.Outputs)) return false;
        for (var i = 0; i < inputs.Length; i++)
        {
            var (mine, asked) = (inputs[i], request.Inputs[i]);
            if (mine.Type != asked.Type || mine.Name != asked.Name || !mine.Shape.AsSpan().SequenceEqual(asked.Shape)
                || !mine.Data.Span.SequenceEqual(asked.Data.Span)) return false;
        }

        return true;
    }

    private static Tensor[] Copy(IReadOnlyList<Tensor> tensors)
    {
        var copy = new Tensor[tensors.Count];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = tensors[i] with { Data = tensors[i].Data.ToArray(), Shape = (long[])tensors[i].Shape.Clone() };
        return copy;
    }
}
