using System.Buffers;
using Gateway.Grpc.Transport;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>Writes ModelInferResponse, its outputs raw: what names them first, then their bytes as they are.</summary>
internal sealed class InferResponseFormat : MessageFormat<InferAnswer>
{
    private const int ModelName = 1;
    private const int ModelVersion = 2;
    private const int Id = 3;
    private const int Outputs = 5;
    private const int RawOutputContents = 6;

    private const int OutputName = 1;
    private const int OutputType = 2;
    private const int OutputShape = 3;

    public override Outcome<InferAnswer> Read(in ReadOnlySequence<byte> bytes, bool mayRefer) =>
        throw new NotSupportedException("A server writes answers; it reads none.");

    public override long Size(InferAnswer message)
    {
        var size = HeadSize(message);
        var outputs = message.Outputs;
        for (var i = 0; i < outputs.Count; i++) size += WireWriter.FieldSize(outputs[i].Data.Length);
        return size;
    }

    public override void Write(InferAnswer message, IBufferWriter<byte> destination)
    {
        WriteHead(message, destination);
        var outputs = message.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            var data = outputs[i].Data.Span;
            var writer = new WireWriter(destination.GetSpan((int)WireWriter.FieldSize(0) + sizeof(uint)));
            writer.Head(RawOutputContents, data.Length);
            destination.Advance(writer.Written);
            destination.Write(data);
        }
    }

    public override void Release(InferAnswer message) => message.Response.Dispose();

    private static long HeadSize(in InferAnswer answer)
    {
        var size = WireWriter.TextSize(answer.Response.Model) + WireWriter.TextSize(answer.Response.Version);
        size += WireWriter.TextSize(answer.Id ?? "");
        var outputs = answer.Outputs;
        for (var i = 0; i < outputs.Count; i++) size += WireWriter.FieldSize(OutputSize(outputs[i]));
        return size;
    }

    private static long OutputSize(Tensor output)
    {
        var size = WireWriter.TextSize(output.Name) + WireWriter.TextSize(output.Type.Name());
        return output.Shape.Length == 0 ? size : size + WireWriter.FieldSize(ShapeSize(output.Shape));
    }

    private static long ShapeSize(long[] shape)
    {
        var size = 0;
        foreach (var dimension in shape) size += WireWriter.VarintSize((ulong)dimension);
        return size;
    }

    private static void WriteHead(in InferAnswer answer, IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination.GetSpan((int)HeadSize(answer)));
        writer.Text(ModelName, answer.Response.Model);
        writer.Text(ModelVersion, answer.Response.Version);
        writer.Text(Id, answer.Id ?? "");
        var outputs = answer.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            var output = outputs[i];
            writer.Head(Outputs, OutputSize(output));
            writer.Text(OutputName, output.Name);
            writer.Text(OutputType, output.Type.Name());
            if (output.Shape.Length == 0) continue;
            writer.Head(OutputShape, ShapeSize(output.Shape));
            foreach (var dimension in output.Shape) writer.Varint((ulong)dimension);
        }

        destination.Advance(writer.Written);
    }
}
