using System.Runtime.InteropServices;
using System.Text;
using Serving;
using Serving.Drift;
using Serving.Inference;

namespace Grains.Tests.Drift.Quality;

/// <summary>The same requests and truths for whoever is asked: rows of iris, and what is said to be right about them.</summary>
internal static class QualityRows
{
    /// <summary>A request of two rows, which are the same in every run.</summary>
    public static async Task InferAsync(IServingEngine engine, int number, string? version = "1")
    {
        var random = new Random(number);
        float[] rows = [.. Enumerable.Range(0, 8).Select(column => (float)(random.NextDouble() * (column % 4 == 3 ? 2.5 : 7)))];
        var outcome = await engine.InferAsync(
            new InferenceRequest
            {
                Model = "a", Version = version, Id = $"r{number}", Inputs = [new Tensor("input", TensorType.Fp32, [2, 4], MemoryMarshal.AsBytes<float>(rows).ToArray())],
            },
            default);
        outcome.Value.Dispose();
    }

    /// <summary>Truths at this turn: about earlier requests and the next one, some twice, some corrected later, some about nothing.</summary>
    public static IReadOnlyList<Feedback> TruthsAt(int number, DateTimeOffset now) =>
    [
        new($"r{number}", 0, LabelOf(number), now),
        new($"r{number - 1}", 1, LabelOf(number), null),
        new($"r{number - 2}", 0, LabelOf(number + 1), now),
        new($"r{number - 2}", 0, LabelOf(number + 1), now),
        new($"r{number - 5}", 0, LabelOf(number), now.AddDays(-1)),
        new($"r{number + 1}", 1, LabelOf(number), now),
        new($"nobody-{number}", 0, "setosa", now),
    ];

    public static string LabelOf(int number) => (number % 4) switch { 0 => "setosa", 1 => "versicolor", 2 => "virginica", _ => "none of them" };

    /// <summary>The first label of an answer.</summary>
    public static string Label(InferenceResponse answer)
    {
        var data = answer.Outputs[0].Data.Span;
        return Encoding.UTF8.GetString(data.Slice(4, MemoryMarshal.Read<int>(data)));
    }
}
