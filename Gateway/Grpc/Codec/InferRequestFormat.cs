using System.Buffers;
using Gateway.Grpc.Transport;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>
/// Reads ModelInferRequest straight into tensors: the generated message would copy every raw tensor into an array of its own
/// and make a dozen objects on the way. Raw contents are referred to where they lie, or copied once into pooled memory.
/// </summary>
/// <remarks>
/// Fields may come in any order, so the message is walked twice: once to count and to see that it is well-formed on its top
/// level, once to read, with a second walk beside it from one raw content to the next.
/// </remarks>
internal sealed class InferRequestFormat(ReadLimits limits, NameTable names, TensorPool pool) : MessageFormat<InferMessage>
{
    public const int RawInputContents = 7;

    private const int ModelName = 1;
    private const int ModelVersion = 2;
    private const int Id = 3;
    private const int Parameters = 4;
    private const int Inputs = 5;
    private const int Outputs = 6;

    public override Outcome<InferMessage> Read(in ReadOnlySequence<byte> bytes, bool mayRefer)
    {
        var draft = new InferDraft { Limits = limits, Names = names, Pool = pool, MayRefer = mayRefer };
        var read = ReadEnvelope(ref draft, bytes, out var raws) && ReadContent(ref draft, bytes, raws);
        if (!read) draft.Lease?.Dispose();
        if (draft.IsMalformed)
        {
            return ServingError.Invalid(
                "the message is not a valid ModelInferRequest; generate the client from the same proto files");
        }

        return new InferMessage(
            draft.Model, Given(draft.Version), Given(draft.Id), read ? Content(ref draft) : draft.Error!, read && draft.Refers,
            bytes.Length);
    }

    public override long Size(InferMessage message) =>
        throw new NotSupportedException("A server reads requests; it writes none.");

    public override void Write(InferMessage message, IBufferWriter<byte> destination) =>
        throw new NotSupportedException("A server reads requests; it writes none.");

    public override bool Refers(InferMessage message) => message.Refers;

    public override void Release(InferMessage message)
    {
        if (message.Content.IsSuccess) message.Content.Value.Dispose();
    }

    /// <summary>Reads what names the request, and counts the rest. A name at fault does not keep it from the others.</summary>
    private static bool ReadEnvelope(ref InferDraft draft, in ReadOnlySequence<byte> bytes, out int raws)
    {
        var (inputs, outputs) = (0, 0);
        raws = 0;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Type != WireType.Bytes)
            {
                reader.Skip();
                continue;
            }

            var value = reader.Bytes();
            if (reader.IsMalformed) break;
            switch (reader.Field)
            {
                case ModelName: draft.ReadName(value, FieldPath.Of("model_name"), out draft.Model); break;
                case ModelVersion: draft.ReadName(value, FieldPath.Of("model_version"), out draft.Version); break;
                case Id: draft.ReadText(value, FieldPath.Of("id"), out draft.Id); break;
                case Inputs: inputs++; break;
                case Outputs: outputs++; break;
                case RawInputContents: raws++; break;
            }
        }

        if (reader.IsMalformed) return draft.Malformed();
        if (draft.Error is not null) return false;
        if (draft.Model.Length == 0) return draft.Invalid("model_name is missing");
        if (inputs > draft.Limits.MaxInputs) return draft.Invalid($"inputs has more than {draft.Limits.MaxInputs} entries");
        if (outputs > draft.Limits.MaxOutputs) return draft.Invalid($"outputs has more than {draft.Limits.MaxOutputs} entries");
        if (raws > 0 && raws != inputs)
            return draft.Invalid($"raw_input_contents has {raws} entries for {inputs} inputs; send one for each input, or none");
        if (inputs > 0) draft.Inputs = new Tensor[inputs];
        if (outputs > 0) draft.Outputs = new RequestedOutput[outputs];
        return true;
    }

    private static bool ReadContent(ref InferDraft draft, in ReadOnlySequence<byte> bytes, int raws)
    {
        var (inputs, outputs) = (0, 0);
        var reader = new WireReader(bytes);
        var raw = new WireReader(bytes);
        while (reader.Next())
        {
            var read = (reader.Field, reader.Type) switch
            {
                (Parameters, WireType.Bytes) => InferParameters.Read(ref draft, reader.Bytes()),
                (Inputs, WireType.Bytes) => InferInputs.Read(ref draft, reader.Bytes(), inputs++, ref raw, raws > 0),
                (Outputs, WireType.Bytes) => InferOutputs.Read(ref draft, reader.Bytes(), outputs++),
                _ => Skip(ref reader),
            };
            if (!read) return false;
        }

        return true;
    }

    private static bool Skip(ref WireReader reader)
    {
        reader.Skip();
        return true;
    }

    /// <summary>In protobuf, text that is not given is empty.</summary>
    private static string? Given(string text) => text.Length == 0 ? null : text;

    private static ParsedInference Content(ref InferDraft draft)
    {
        if (draft.Parameters.Length != draft.ParameterCount) Array.Resize(ref draft.Parameters, draft.ParameterCount);
        return new ParsedInference
        {
            Id = Given(draft.Id),
            Inputs = draft.Inputs,
            Outputs = draft.Outputs,
            Forms = new OutputForms(draft.Forms, binary: true),
            Parameters = draft.Parameters,
            Priority = draft.Priority,
            Timeout = draft.Timeout,
            Lease = draft.Lease,
        };
    }
}
