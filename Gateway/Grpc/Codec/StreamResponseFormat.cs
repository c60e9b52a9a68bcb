using System.Buffers;
using Gateway.Grpc.Transport;
using Serving;

namespace Gateway.Grpc.Codec;

/// <summary>Writes ModelStreamInferResponse. Each answer is marked as its request's last; a failed one names it.</summary>
internal sealed class StreamResponseFormat(InferResponseFormat answers) : MessageFormat<StreamAnswer>
{
    private const int ErrorMessage = 1;
    private const int InferResponse = 2;
    private const int ModelName = 1;
    private const int ModelVersion = 2;
    private const int Id = 3;

    /// <summary>Room for a tag and a length.</summary>
    private const int LongestHead = 1 + 5;

    /// <summary>The parameter triton_final_response, true: by it clients of streams count answers.</summary>
    private static ReadOnlySpan<byte> FinalResponse => "\x22\x1B\x0A\x15triton_final_response\x12\x02\x08\x01"u8;

    public override Outcome<StreamAnswer> Read(in ReadOnlySequence<byte> bytes, bool mayRefer) =>
        throw new NotSupportedException("A server writes answers; it reads none.");

    public override long Size(StreamAnswer message)
    {
        var size = WireWriter.FieldSize(InnerSize(message));
        return message.Answer.Error is { } error ? size + WireWriter.TextSize(error.Message) : size;
    }

    public override void Write(StreamAnswer message, IBufferWriter<byte> destination)
    {
        var failed = message.Answer.Error;
        var inner = InnerSize(message);
        var room = failed is null ? LongestHead + FinalResponse.Length : (int)Size(message);
        var writer = new WireWriter(destination.GetSpan(room));
        if (failed is not null) writer.Text(ErrorMessage, failed.Message);
        writer.Head(InferResponse, inner);
        writer.Raw(FinalResponse);
        if (failed is not null)
        {
            writer.Text(ModelName, message.Request.Model);
            writer.Text(ModelVersion, message.Request.Version ?? "");
            writer.Text(Id, message.Request.Id ?? "");
        }

        destination.Advance(writer.Written);
        if (failed is null) answers.Write(message.Answer.Value, destination);
    }

    public override void Release(StreamAnswer message)
    {
        if (message.Answer.IsSuccess) answers.Release(message.Answer.Value);
    }

    private long InnerSize(in StreamAnswer message)
    {
        if (message.Answer.IsSuccess) return FinalResponse.Length + answers.Size(message.Answer.Value);
        var (model, version, id, _, _, _) = message.Request;
        var names = WireWriter.TextSize(model) + WireWriter.TextSize(version ?? "") + WireWriter.TextSize(id ?? "");
        return FinalResponse.Length + names;
    }
}
