using System.Buffers;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.TensorFlow;

/// <summary>
/// Writes the answer of <c>:predict</c> in the form of its question: <c>predictions</c>, one for each instance, or
/// <c>outputs</c> whole. The name of an only output is dropped.
/// </summary>
internal static class PredictAnswer
{
    /// <param name="outputs">What the model answered.</param>
    /// <param name="rows">The instances asked for; null where inputs came whole.</param>
    /// <param name="destination">Where the JSON goes; nothing when there is an error.</param>
    public static ServingError? Write(IReadOnlyList<Tensor> outputs, int? rows, IBufferWriter<byte> destination)
    {
        var texts = new OutputText[outputs.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            var output = outputs[i];
            if (rows is { } count && (output.Shape.Length == 0 || output.Shape[0] != count)) return NoRows(output, count);
            texts[i] = new OutputText(output);
        }

        var sink = new JsonSink(destination);
        if (rows is { } instances) WriteRows(ref sink, texts, instances);
        else WriteWhole(ref sink, texts);
        sink.Flush();
        return null;
    }

    private static ServingError NoRows(Tensor output, int rows) => ServingError.Invalid(
        $"output '{output.Name}' has shape {TensorShape.Format(output.Shape)}, which is not one row for each of {rows} instances; "
        + "ask with inputs instead of instances");

    private static void WriteRows(ref JsonSink sink, OutputText[] texts, int rows)
    {
        sink.Raw("{\"predictions\":["u8);
        for (var row = 0; row < rows; row++)
        {
            if (row > 0) sink.Raw((byte)',');
            if (texts.Length == 1)
            {
                texts[0].Write(ref sink, texts[0].Tensor.Shape.AsSpan(1));
                continue;
            }

            WriteNamed(ref sink, texts, skip: 1);
        }

        sink.Raw("]}"u8);
    }

    private static void WriteWhole(ref JsonSink sink, OutputText[] texts)
    {
        sink.Raw("{\"outputs\":"u8);
        if (texts.Length == 1) texts[0].Write(ref sink, texts[0].Tensor.Shape);
        else WriteNamed(ref sink, texts, skip: 0);
        sink.Raw((byte)'}');
    }

    private static void WriteNamed(ref JsonSink sink, OutputText[] texts, int skip)
    {
        sink.Raw((byte)'{');
        for (var i = 0; i < texts.Length; i++)
        {
            if (i > 0) sink.Raw((byte)',');
            sink.Text(texts[i].Tensor.Name);
            sink.Raw((byte)':');
            texts[i].Write(ref sink, texts[i].Tensor.Shape.AsSpan(skip));
        }

        sink.Raw((byte)'}');
    }
}
