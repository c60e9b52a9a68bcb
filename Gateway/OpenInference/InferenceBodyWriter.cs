using System.Buffers;
using Serving;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>
/// Writes the body of an inference answer straight into a buffer writer: JSON, and behind it the blobs of the outputs that
/// were asked for in binary. Nothing is written when the answer cannot be: what JSON cannot carry is looked for first.
/// </summary>
internal static class InferenceBodyWriter
{
    /// <param name="model">The model's name.</param>
    /// <param name="version">The version that answered.</param>
    /// <param name="id">The id the caller sent, or null when it sent none.</param>
    /// <param name="outputs">The outputs, in the order of <paramref name="forms"/>; classifications already applied.</param>
    /// <param name="forms">The form of each.</param>
    /// <param name="destination">Where the body goes.</param>
    /// <returns>
    /// What was written; or <see cref="ErrorCode.InvalidRequest"/> when an output holds values that JSON cannot carry.
    /// </returns>
    public static Outcome<WrittenBody> Write(
        string model, string version, string? id, IReadOnlyList<Tensor> outputs, in OutputForms forms,
        IBufferWriter<byte> destination)
    {
        var json = WriteJson(model, version, id, outputs, forms, destination);
        if (json.Error is not null) return json;
        for (var i = 0; i < outputs.Count; i++)
            if (forms[i].Binary) destination.Write(outputs[i].Data.Span);
        return json;
    }

    /// <summary>
    /// As <see cref="Write"/>, but for the blobs, which count in the lengths all the same: the caller sends them from where they
    /// lie, in the outputs' order, without a copy between.
    /// </summary>
    public static Outcome<WrittenBody> WriteJson(
        string model, string version, string? id, IReadOnlyList<Tensor> outputs, in OutputForms forms,
        IBufferWriter<byte> destination)
    {
        for (var i = 0; i < outputs.Count; i++)
            if (!forms[i].Binary && JsonCarriage.Check(outputs[i]) is { } error) return error;

        var sink = new JsonSink(destination);
        sink.Raw("{\"model_name\":"u8);
        sink.Text(model);
        sink.Raw(",\"model_version\":"u8);
        sink.Text(version);
        if (id is not null)
        {
            sink.Raw(",\"id\":"u8);
            sink.Text(id);
        }

        sink.Raw(",\"outputs\":"u8);
        WriteTensors(ref sink, outputs, forms);
        sink.Raw("}"u8);
        sink.Flush();
        var blobs = 0L;
        var binary = false;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (!forms[i].Binary) continue;
            binary = true;
            blobs += outputs[i].Data.Length;
        }

        return new WrittenBody(sink.Length, sink.Length + blobs, binary);
    }

    /// <summary>An array of tensors, without the bytes of those that go as blobs.</summary>
    public static void WriteTensors(ref JsonSink sink, IReadOnlyList<Tensor> tensors, in OutputForms forms)
    {
        sink.Raw((byte)'[');
        for (var i = 0; i < tensors.Count; i++)
        {
            if (i > 0) sink.Raw((byte)',');
            WriteTensor(ref sink, tensors[i], forms[i].Binary);
        }

        sink.Raw((byte)']');
    }

    private static void WriteTensor(ref JsonSink sink, Tensor output, bool binary)
    {
        sink.Raw("{\"name\":"u8);
        sink.Text(output.Name);
        sink.Raw(",\"datatype\":\""u8);
        WriteType(ref sink, output.Type);
        sink.Raw("\",\"shape\":["u8);
        for (var i = 0; i < output.Shape.Length; i++)
        {
            if (i > 0) sink.Raw((byte)',');
            sink.Integer(output.Shape[i]);
        }

        if (binary)
        {
            sink.Raw("],\"parameters\":{\"binary_data_size\":"u8);
            sink.Integer(output.Data.Length);
            sink.Raw("}}"u8);
            return;
        }

        sink.Raw("],\"data\":["u8);
        TensorDataWriter.Write(ref sink, output);
        sink.Raw("]}"u8);
    }

    private static void WriteType(ref JsonSink sink, TensorType type)
    {
        var name = type.Name();
        var room = sink.Room(name.Length);
        for (var i = 0; i < name.Length; i++) room[i] = (byte)name[i];
        sink.Advance(name.Length);
    }
}
