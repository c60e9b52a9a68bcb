using Serving.Inference;

namespace Serving.Routing.Shadows;

/// <summary>A copy of an answered request on its way to a shadow; it owns its memory.</summary>
/// <param name="Comparison">Where it is counted.</param>
/// <param name="Inputs">What was asked.</param>
/// <param name="Answer">What was answered.</param>
/// <param name="Latency">How long the answer took to compute.</param>
internal sealed record ShadowCopy(ShadowComparison Comparison, Tensor[] Inputs, Tensor[] Answer, TimeSpan Latency)
{
    public static ShadowCopy Of(ShadowComparison comparison, IReadOnlyList<Tensor> inputs, InferenceResponse answer) =>
        new(comparison, CopyOf(inputs), CopyOf(answer.Outputs), answer.Timing.Compute);

    /// <summary>Bytes of a copy.</summary>
    public static long SizeOf(IReadOnlyList<Tensor> inputs, InferenceResponse answer) => SizeOf(inputs) + SizeOf(answer.Outputs);

    /// <summary>Counts what the shadow made of it; under the comparison's lock.</summary>
    /// <param name="outcome">Its outputs.</param>
    /// <param name="took">How long it took to compute them.</param>
    public void Compare(Outcome<Tensor[]> outcome, TimeSpan took)
    {
        if (outcome.TryGetValue(out var outputs, out _)) Comparison.Compare(Answer, Latency, outputs, took);
        else Comparison.Failed();
    }

    private static long SizeOf(IReadOnlyList<Tensor> tensors)
    {
        long size = 0;
        for (var i = 0; i < tensors.Count; i++) size += tensors[i].Data.Length;
        return size;
    }

    private static Tensor[] CopyOf(IReadOnlyList<Tensor> tensors)
    {
        var copies = new Tensor[tensors.Count];
        for (var i = 0; i < copies.Length; i++) copies[i] = tensors[i] with { Data = tensors[i].Data.ToArray() };
        return copies;
    }
}
