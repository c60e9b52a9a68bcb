using System.Runtime.InteropServices;
using System.Text;
using Serving;
using Serving.Inference;

namespace Grains.Tests.Drift;

/// <summary>Rows for the model "a" that are the same in every run, and a baseline for them.</summary>
internal static class NumberedRows
{
    /// <summary>Two thousand rows between 0 and 1.</summary>
    public static byte[] Baseline()
    {
        var random = new Random(7);
        var columns = Enumerable.Range(0, 4).Select(c =>
            $"\"input[{c}]\": [{string.Join(',', Enumerable.Range(0, 2000).Select(_ => FormattableString.Invariant($"{random.NextDouble():R}")))}]");
        return Encoding.UTF8.GetBytes($"{{\"columns\": {{{string.Join(',', columns)}}}}}");
    }

    /// <summary>Sends the row of a number, moved off the baseline.</summary>
    public static async Task<Outcome<InferenceResponse>> InferAsync(IServingEngine engine, int number, float off)
    {
        var random = new Random(number);
        float[] row = [.. Enumerable.Range(0, 4).Select(_ => (float)random.NextDouble() + off)];
        return await engine.InferAsync(
            new InferenceRequest
            {
                Model = "a", Version = "1", Id = $"r{number}", Inputs = [new Tensor("input", TensorType.Fp32, [1, 4], MemoryMarshal.AsBytes<float>(row).ToArray())],
            },
            default);
    }
}
