using System.Buffers;
using System.Globalization;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>
/// Writes the answers of <c>:classify</c> and <c>:regress</c>. A model says nowhere here which of its outputs those are; it
/// shows: the scores are the only floats with several columns, or, among more, the only ones with labels; the numbers are the only
/// floats with one value a row.
/// </summary>
internal static class ResultsAnswer
{
    /// <summary>For each example its classes in the model's order: <c>[["label", score], ...]</c>.</summary>
    /// <param name="outputs">What the model answered.</param>
    /// <param name="signature">Where labels are; a class without one goes by its number.</param>
    /// <param name="rows">Examples.</param>
    /// <param name="destination">Where the JSON goes; nothing when there is an error.</param>
    public static ServingError? WriteClasses(
        IReadOnlyList<Tensor> outputs, ModelMetadata signature, int rows, IBufferWriter<byte> destination)
    {
        var scores = new List<Tensor>();
        foreach (var output in outputs)
            if (IsFloat(output.Type) && output.Shape.Length == 2 && output.Shape[0] == rows) scores.Add(output);
        if (scores.Count > 1) scores.RemoveAll(output => LabelsOf(signature, output) is null);
        if (scores.Count != 1)
        {
            return new ServingError(ErrorCode.Unsupported,
                $"model '{signature.Name}' has no single output of scores, floats of shape [{rows}, classes], for :classify; use :predict");
        }

        var labels = LabelsOf(signature, scores[0]);
        var text = new OutputText(scores[0]);
        var sink = new JsonSink(destination);
        sink.Raw("{\"results\":["u8);
        for (var row = 0; row < rows; row++)
        {
            sink.Raw(row > 0 ? ",["u8 : "["u8);
            for (var index = 0; index < scores[0].Shape[1]; index++)
            {
                sink.Raw(index > 0 ? ",["u8 : "["u8);
                sink.Text(labels is not null && index < labels.Count ? labels[index] : index.ToString(CultureInfo.InvariantCulture));
                sink.Raw((byte)',');
                text.Write(ref sink, []);
                sink.Raw((byte)']');
            }

            sink.Raw((byte)']');
        }

        sink.Raw("]}"u8);
        sink.Flush();
        return null;
    }

    /// <summary>For each example its number.</summary>
    public static ServingError? WriteNumbers(
        IReadOnlyList<Tensor> outputs, ModelMetadata signature, int rows, IBufferWriter<byte> destination)
    {
        Tensor? numbers = null;
        var found = 0;
        foreach (var output in outputs)
        {
            if (!IsFloat(output.Type) || output.Shape.Length == 0 || output.Shape[0] != rows || output.ElementCount != rows) continue;
            numbers = output;
            found++;
        }

        if (found != 1)
        {
            return new ServingError(ErrorCode.Unsupported,
                $"model '{signature.Name}' has no single output of one float a row for :regress; use :predict");
        }

        var text = new OutputText(numbers!);
        var sink = new JsonSink(destination);
        sink.Raw("{\"results\":"u8);
        text.Write(ref sink, [rows]);
        sink.Raw((byte)'}');
        sink.Flush();
        return null;
    }

    private static bool IsFloat(TensorType type) =>
        type is TensorType.Fp16 or TensorType.Bf16 or TensorType.Fp32 or TensorType.Fp64;

    private static IReadOnlyList<string>? LabelsOf(ModelMetadata signature, Tensor output)
    {
        foreach (var candidate in signature.Outputs)
            if (candidate.Name == output.Name) return candidate.Labels;
        return null;
    }
}
