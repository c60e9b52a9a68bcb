using System.Buffers;
using Gateway.Grpc.Codec;
using Gateway.Grpc.Messages;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.Grpc;

/// <summary>The writers under test write; the generated messages read.</summary>
public sealed class ResponseFormatTests
{
    private static readonly InferResponseFormat Answers = new();
    private static readonly StreamResponseFormat Streams = new(Answers);

    [Fact]
    public void Write_RandomAnswers_ReadBackTheSame()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var answer = Random(new Random(seed));
            var buffer = new ArrayBufferWriter<byte>();

            Answers.Write(answer, buffer);

            Assert.Equal(Answers.Size(answer), buffer.WrittenCount);
            AssertSame(answer, ModelInferResponse.Parser.ParseFrom(buffer.WrittenSpan));
        }
    }

    [Fact]
    public void Write_RandomStreamAnswers_ReadBackTheSame()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var answer = Random(new Random(seed));
            var message = new StreamAnswer(new InferMessage("m", "1", "7", ServingError.Invalid(""), Refers: false, Length: 0), answer);
            var buffer = new ArrayBufferWriter<byte>();

            Streams.Write(message, buffer);

            Assert.Equal(Streams.Size(message), buffer.WrittenCount);
            var read = ModelStreamInferResponse.Parser.ParseFrom(buffer.WrittenSpan);
            Assert.Equal(("", true), (read.ErrorMessage, read.InferResponse.Parameters["triton_final_response"].BoolParam));
            AssertSame(answer, read.InferResponse);
        }
    }

    [Theory]
    [InlineData("m", "1", "7")]
    [InlineData("", null, null)]
    public void Write_StreamError_NamesTheRequest(string model, string? version, string? id)
    {
        var request = new InferMessage(model, version, id, ServingError.Invalid(""), Refers: false, Length: 0);
        var message = new StreamAnswer(request, ServingError.Invalid(new string('ä', 300)));
        var buffer = new ArrayBufferWriter<byte>();

        Streams.Write(message, buffer);

        Assert.Equal(Streams.Size(message), buffer.WrittenCount);
        var read = ModelStreamInferResponse.Parser.ParseFrom(buffer.WrittenSpan);
        Assert.Equal(new string('ä', 300), read.ErrorMessage);
        Assert.Equal((model, version ?? "", id ?? ""), (read.InferResponse.ModelName, read.InferResponse.ModelVersion, read.InferResponse.Id));
        Assert.Empty(read.InferResponse.Outputs);
    }

    private static InferAnswer Random(Random random)
    {
        var outputs = new Tensor[random.Next(4)];
        for (var i = 0; i < outputs.Length; i++)
        {
            var shape = new long[random.Next(4)];
            for (var j = 0; j < shape.Length; j++) shape[j] = random.Next(3) == 0 ? random.NextInt64() : random.Next(200);
            var data = new byte[random.Next(3) == 0 ? random.Next(70_000) : random.Next(300)];
            random.NextBytes(data);
            outputs[i] = new Tensor($"é{i}{new string('n', random.Next(200))}", (TensorType)random.Next(1, 15), shape, data);
        }

        var response = new InferenceResponse
        {
            Model = "modèle", Version = random.Next(2) == 0 ? "" : "12", Id = "made", Outputs = outputs,
            Route = new RouteDecision("12", null, RouteReason.Only, 0),
        };
        return new InferAnswer(response, outputs, random.Next(2) == 0 ? null : "a b");
    }

    private static void AssertSame(in InferAnswer answer, ModelInferResponse read)
    {
        Assert.Equal((answer.Response.Model, answer.Response.Version, answer.Id ?? ""), (read.ModelName, read.ModelVersion, read.Id));
        Assert.Equal(answer.Outputs.Select(o => (o.Name, o.Type.Name())), read.Outputs.Select(o => (o.Name, o.Datatype)));
        for (var i = 0; i < answer.Outputs.Count; i++)
        {
            Assert.Equal(answer.Outputs[i].Shape, read.Outputs[i].Shape);
            Assert.True(answer.Outputs[i].Data.Span.SequenceEqual(read.RawOutputContents[i].Span));
        }
    }
}
