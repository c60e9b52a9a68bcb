using System.Buffers;
using System.Runtime.InteropServices;
using Gateway.Grpc.Messages;
using Google.Protobuf;
using Serving;
using Serving.Inference;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;
using Output = Gateway.Grpc.Messages.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Gateway.Tests.Grpc;

/// <summary>The generated messages write; the reader under test reads.</summary>
public sealed class InferRequestFormatTests
{
    [Fact]
    public void Read_RandomRequests_MeansWhatTheGeneratedMessageSays()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var (request, data) = RandomRequests.Make(random);

            var message = Formats.Requests.Read(Formats.Cut(request.ToByteArray(), random), mayRefer: random.Next(2) == 0).Value;

            Assert.Equal((request.ModelName, request.ModelVersion, request.Id), (message.Model, message.Version ?? "", message.Id ?? ""));
            var parsed = message.Content.Value;
            Assert.Equal(request.Inputs.Select(i => i.Name), parsed.Inputs.Select(i => i.Name));
            Assert.Equal(request.Inputs.Select(i => i.Datatype), parsed.Inputs.Select(i => i.Type.Name()));
            for (var i = 0; i < data.Length; i++)
            {
                Assert.Equal(request.Inputs[i].Shape, parsed.Inputs[i].Shape);
                Assert.Equal(data[i], parsed.Inputs[i].Data.ToArray());
            }

            Assert.Equal(request.Outputs.Select(o => o.Name), parsed.Outputs.Select(o => o.Name));
            Assert.Equal(
                request.Outputs.Select(o => o.Parameters.TryGetValue("classification", out var classes) ? classes.Int64Param : 0),
                request.Outputs.Select((_, i) => (long)parsed.Forms[i].Classes));
            Assert.Equal(request.Parameters.TryGetValue("priority", out var priority) ? (int)priority.Uint64Param : 0, parsed.Priority);
            Assert.Equal(
                request.Parameters.TryGetValue("timeout", out var timeout) && timeout.Int64Param > 0 ? timeout.Int64Param : null,
                parsed.Timeout?.TotalMicroseconds);
            Assert.Equal(request.Parameters.Count, parsed.Parameters.Length);
            Formats.Requests.Release(message);
        }
    }

    [Fact]
    public void Read_FieldsInAnyOrder_MeansTheSame()
    {
        var late = Infers.WithId("7", 1, 2);
        late.Parameters["priority"] = new InferParameter { Int64Param = 2 };
        byte[] raws = new ModelInferRequest { RawInputContents = { late.RawInputContents } }.ToByteArray();
        late.RawInputContents.Clear();
        byte[] names = new ModelInferRequest { ModelName = "other" }.ToByteArray();

        // Concatenated messages are one message: of a field that comes twice the last one holds.
        var message = Formats.Read([.. raws, .. names, .. late.ToByteArray()]).Value;

        Assert.Equal(("double", 2), (message.Model, message.Content.Value.Priority));
        Assert.Equal([1, 2], MemoryMarshal.Cast<byte, float>(message.Content.Value.Inputs[0].Data.Span).ToArray());
    }

    [Fact]
    public void Read_UnpackedShapeAndUnknownFields_AreUnderstood()
    {
        // name "x", datatype "FP32", shape 2 and 1 each on its own, unknown fields of every layout.
        byte[] input = [.. "\x0A\x01x\x12\u0004FP32\x18\x02\x18\x01"u8, 0x78, 5, 0x7A, 1, 9, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7D, 1, 2, 3, 4];
        byte[] request = [.. "\x0A\x01m"u8, 0x2A, (byte)input.Length, .. input, 0x3A, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0xF8, 0x07, 1];

        var message = Formats.Read(request).Value;

        Assert.Equal([2, 1], message.Content.Value.Inputs[0].Shape);
    }

    [Fact]
    public void Read_AlignedRawInOnePiece_IsReferredTo()
    {
        var bytes = Aligned(Infers.Raw(1, 2), alignment: 4);

        var referring = Formats.Requests.Read(new ReadOnlySequence<byte>(bytes), mayRefer: true).Value;
        var copying = Formats.Requests.Read(new ReadOnlySequence<byte>(bytes), mayRefer: false).Value;

        Assert.True(referring.Refers);
        Assert.True(bytes.Span.Overlaps(referring.Content.Value.Inputs[0].Data.Span));
        Assert.False(copying.Refers);
        Assert.False(bytes.Span.Overlaps(copying.Content.Value.Inputs[0].Data.Span));
    }

    [Fact]
    public void Read_UnalignedRaw_IsCopied()
    {
        // Of four places in memory, a tensor of 4-byte elements can be referred to in one.
        Assert.Equal(1, Enumerable.Range(0, 4).Count(shift => Refers(Infers.Raw(1, 2), shift)));
    }

    [Fact]
    public void Read_MutatedBytes_NeverThrowsAndIsNoStricterThanProtobuf()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var bytes = RandomRequests.Make(random).Request.ToByteArray();
            for (var changes = random.Next(1, 4); changes > 0 && bytes.Length > 0; changes--)
            {
                var at = random.Next(bytes.Length);
                switch (random.Next(3))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes = [.. bytes[..at], .. bytes[(at + 1)..]]; break;
                    default: bytes = bytes[..at]; break;
                }
            }

            var read = Formats.Requests.Read(Formats.Cut(bytes, random), mayRefer: false);

            if (read.IsSuccess) Formats.Requests.Release(read.Value);
            else Assert.False(IsWellFormed(bytes), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("model_name is missing")]
    [InlineData("inputs[0].name is missing")]
    [InlineData("inputs[1].name: input 'x' is given twice")]
    [InlineData("inputs[0].datatype is missing")]
    [InlineData("inputs[0].datatype is not one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES")]
    [InlineData("inputs[0].shape[1] is -1; a dimension cannot be negative")]
    [InlineData("inputs[0].shape has more than 32 dimensions")]
    [InlineData("inputs[0].shape [4294967296,4294967296] has more elements than a tensor can hold")]
    [InlineData("raw_input_contents has 1 entries for 2 inputs; send one for each input, or none")]
    [InlineData("raw_input_contents[0] has 4 bytes, but shape [2] of FP32 needs 8")]
    [InlineData("raw_input_contents[0] has the byte 2 as BOOL element 1; only 0 and 1 are")]
    [InlineData("raw_input_contents[0] ends within the length of element 1 of its BYTES data")]
    [InlineData("raw_input_contents[0] has a BYTES element 0 of 9 bytes where 1 remain")]
    [InlineData("raw_input_contents[0] has 1 BYTES elements, but shape [2] needs 2")]
    [InlineData("inputs[0] has contents, but the request has raw_input_contents; send one of them")]
    [InlineData("inputs[0].contents has 0 elements, but shape [1] needs 1")]
    [InlineData("inputs[0] is FP32, which takes contents.fp32_contents; contents.fp64_contents is given")]
    [InlineData("inputs[0] is FP16, which has no field in contents; send raw_input_contents")]
    [InlineData("inputs[0].contents has the element 128 at 0, which is not from -128 to 127")]
    [InlineData("inputs[0].contents has the element 256 at 0, which is not from 0 to 255")]
    [InlineData("inputs[0].parameters asks for shared memory, which is not served here; send the data with the request")]
    [InlineData("outputs[0].name is missing")]
    [InlineData("outputs[1].name: output 'y' is asked for twice")]
    [InlineData("outputs[0].parameters.classification must be an int64_param: a number of classes, not negative")]
    [InlineData("outputs[0].parameters asks for shared memory, which is not served here; take the data from the answer")]
    [InlineData("parameters.priority must be an int64_param or uint64_param from 0 to 2147483647")]
    [InlineData("parameters.timeout must be an int64_param of microseconds from 0 to 922337203685477580")]
    [InlineData("parameters.sequence_id must be a string_param, or an int64_param or uint64_param that is not negative")]
    [InlineData("parameters.sequence_end must be a bool_param")]
    [InlineData("parameters.triton_mode is reserved: keys may not start with 'triton_', except triton_enable_empty_final_response")]
    [InlineData("parameters.empty has no value")]
    [InlineData("a key of parameters is empty")]
    [InlineData("parameters has more than 64 entries")]
    [InlineData("id is longer than 4096 bytes")]
    [InlineData("model_name is longer than 512 bytes")]
    public void Read_Fault_IsASentenceThatNamesTheField(string sentence)
    {
        var request = Faults[sentence];

        Assert.Equal(sentence, Formats.FaultOf(request));
    }

    [Fact]
    public void Read_FaultyContent_KeepsTheEnvelope()
    {
        var request = Infers.WithId("7", 1);
        request.ModelVersion = "3";
        request.Inputs[0].Datatype = "FP31";

        var message = Formats.Read(request).Value;

        Assert.Equal(("double", "3", "7"), (message.Model, message.Version, message.Id));
    }

    [Fact]
    public void Read_SharedMemory_IsUnsupportedRatherThanInvalid() =>
        Assert.Equal(
            ErrorCode.Unsupported,
            Formats.Read(Faults["inputs[0].parameters asks for shared memory, which is not served here; send the data with the request"])
                .Value.Content.Error!.Code);

    private static readonly Dictionary<string, ModelInferRequest> Faults = FaultyRequests.Make();

    private static bool IsWellFormed(byte[] bytes)
    {
        try
        {
            // The generated reader drops fields of layouts that do not exist; then less comes out again than went in.
            return ModelInferRequest.Parser.ParseFrom(bytes).CalculateSize() == bytes.Length;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static bool Refers(ModelInferRequest request, int shift)
    {
        var buffer = GC.AllocateArray<byte>(shift + request.CalculateSize(), pinned: true);
        request.ToByteArray().CopyTo(buffer, shift);
        return Formats.Requests.Read(new ReadOnlySequence<byte>(buffer, shift, buffer.Length - shift), mayRefer: true).Value.Refers;
    }

    /// <summary>The request's bytes, placed so that the raw contents at their end are aligned.</summary>
    private static Memory<byte> Aligned(ModelInferRequest request, int alignment)
    {
        var bytes = request.ToByteArray();
        var buffer = GC.AllocateArray<byte>(bytes.Length + alignment, pinned: true);
        var start = (alignment - (bytes.Length - request.RawInputContents[^1].Length) % alignment) % alignment;
        bytes.CopyTo(buffer, start);
        return buffer.AsMemory(start, bytes.Length);
    }
}
