using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving;
using Serving.Inference;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;
using Output = Gateway.Grpc.Messages.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Gateway.Tests.Grpc;

public sealed class InferenceTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;
    private GrpcClient client = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync();
        client = new GrpcClient(gateway.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Infer_Raw_AnswersRaw()
    {
        var response = await client.AskAsync("ModelInfer", Infers.WithId("a b", 1, 2.5f), ModelInferResponse.Parser);

        Assert.Equal(("double", "2", "a b"), (response.ModelName, response.ModelVersion, response.Id));
        var output = Assert.Single(response.Outputs);
        Assert.Equal(("y", "FP32"), (output.Name, output.Datatype));
        Assert.Equal([2], output.Shape);
        Assert.Null(output.Contents);
        Assert.Equal([2, 5], Infers.Floats(response));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public async Task Infer_AnySize_KeepsEveryElement(int count)
    {
        var values = Enumerable.Range(0, count).Select(i => (float)i).ToArray();

        var response = await client.AskAsync("ModelInfer", Infers.Raw(values), ModelInferResponse.Parser);

        Assert.True(values.Select(v => v * 2).SequenceEqual(Infers.Floats(response)));
    }

    [Fact]
    public async Task Infer_TypedContents_AreTheSameTensorsAsRaw()
    {
        var seen = new List<string>();
        gateway.Engine.Infer = (request, _) =>
        {
            foreach (var tensor in request.Inputs) seen.Add($"{tensor.Name}:{tensor.Type}:{Convert.ToHexString(tensor.Data.Span)}");
            return new(EchoEngine.Answer(request));
        };
        var request = new ModelInferRequest { ModelName = "m" };
        Add("BOOL", new InferTensorContents { BoolContents = { true, false } });
        Add("INT8", new InferTensorContents { IntContents = { -128, 127 } });
        Add("INT16", new InferTensorContents { IntContents = { -32768, 32767 } });
        Add("INT32", new InferTensorContents { IntContents = { int.MinValue, int.MaxValue } });
        Add("INT64", new InferTensorContents { Int64Contents = { long.MinValue, long.MaxValue } });
        Add("UINT8", new InferTensorContents { UintContents = { 0, 255 } });
        Add("UINT16", new InferTensorContents { UintContents = { 0, 65535 } });
        Add("UINT32", new InferTensorContents { UintContents = { 0, uint.MaxValue } });
        Add("UINT64", new InferTensorContents { Uint64Contents = { 0, ulong.MaxValue } });
        Add("FP32", new InferTensorContents { Fp32Contents = { 1.5f, float.NaN } });
        Add("FP64", new InferTensorContents { Fp64Contents = { -0.0, double.MaxValue } });
        Add("BYTES", new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("ä"), ByteString.Empty } });

        var response = await client.AskAsync("ModelInfer", request, ModelInferResponse.Parser);

        string[] typed = [.. seen];
        seen.Clear();
        var raw = request.Clone();
        foreach (var input in raw.Inputs) input.Contents = null;
        raw.RawInputContents.Add(response.RawOutputContents);
        await client.AskAsync("ModelInfer", raw, ModelInferResponse.Parser);
        Assert.Equal(typed, seen);
        Assert.Equal(
            "i0:Bool:0100 i1:Int8:807F i2:Int16:0080FF7F i3:Int32:00000080FFFFFF7F i4:Int64:0000000000000080FFFFFFFFFFFFFF7F "
            + "i5:UInt8:00FF i6:UInt16:0000FFFF i7:UInt32:00000000FFFFFFFF i8:UInt64:0000000000000000FFFFFFFFFFFFFFFF "
            + $"i9:Fp32:0000C03F{Convert.ToHexString(MemoryMarshal.AsBytes<float>([float.NaN]))} "
            + "i10:Fp64:0000000000000080FFFFFFFFFFFFEF7F i11:Bytes:02000000C3A400000000",
            string.Join(' ', typed));

        void Add(string type, InferTensorContents contents) => request.Inputs.Add(
            new Input { Name = $"i{request.Inputs.Count}", Datatype = type, Shape = { 2 }, Contents = contents });
    }

    [Fact]
    public async Task Infer_HalfPrecisionRaw_ComesBack()
    {
        gateway.Engine.Infer = EchoEngine.Infer;
        var request = new ModelInferRequest
        {
            ModelName = "m",
            Inputs = { new Input { Name = "a", Datatype = "FP16", Shape = { 1, 2 } }, new Input { Name = "b", Datatype = "BF16", Shape = { 1 } } },
            RawInputContents = { ByteString.CopyFrom(0, 60, 0, 64), ByteString.CopyFrom(128, 63) },
        };

        var response = await client.AskAsync("ModelInfer", request, ModelInferResponse.Parser);

        Assert.Equal(["FP16", "BF16"], response.Outputs.Select(o => o.Datatype));
        Assert.Equal(request.RawInputContents, response.RawOutputContents);
    }

    [Fact]
    public async Task Infer_Request_ReachesTheEngineWhole()
    {
        var seen = "";
        gateway.Engine.Infer = (request, _) =>
        {
            var attributes = request.Attributes!;
            seen = $"{request.Model}|{request.Version}|{request.Id}|{request.Priority}|{request.Timeout?.TotalMilliseconds}|"
                + $"{string.Join(',', request.Outputs.Select(o => o.Name))}|{attributes.Header("X-Tenant")}|{attributes.Header("nope")}|"
                + $"{attributes.Parameter("color")}|{attributes.Parameter("share")}|{attributes.Parameter("deep")}|{attributes.Parameter("n")}";
            return new(EchoEngine.Answer(request));
        };
        var request = Infers.WithId("7", 1);
        request.ModelVersion = "canary";
        request.Outputs.Add([new Output { Name = "x" }, new Output { Name = "y" }]);
        request.Parameters["priority"] = new InferParameter { Uint64Param = 3 };
        request.Parameters["timeout"] = new InferParameter { Int64Param = 2500 };
        request.Parameters["sequence_id"] = new InferParameter { Int64Param = 5 };
        request.Parameters["sequence_start"] = new InferParameter { BoolParam = true };
        request.Parameters["color"] = new InferParameter { StringParam = "rot" };
        request.Parameters["share"] = new InferParameter { DoubleParam = 0.25 };
        request.Parameters["deep"] = new InferParameter { BoolParam = true };
        request.Parameters["n"] = new InferParameter { Int64Param = -9 };

        var reply = await client.CallAsync("ModelInfer", request, ("x-tenant", "acme"));

        Assert.Equal(0, reply.Status);
        Assert.Equal("double|canary|7|3|2.5|x,y|acme||rot|0.25|true|-9", seen);
    }

    [Theory]
    [InlineData("from body", null, "from%20body")]
    [InlineData("from-body", "from-header", "from-body")]
    [InlineData("", "from-header", "from-header")]
    [InlineData("", null, null)]
    public async Task Infer_Answer_CarriesIdRouteAndTiming(string id, string? header, string? expected)
    {
        var reply = await client.CallAsync(
            "ModelInfer", Infers.WithId(id, 1), header is null ? [] : [("x-request-id", header)]);

        if (expected is null) Assert.Matches("^[0-9a-z]{24}$", reply.Metadata["x-request-id"]);
        else Assert.Equal(expected, reply.Metadata["x-request-id"]);
        Assert.Equal("version=2;variant=canary;reason=sticky;epoch=7", reply.Metadata["x-serving-route"]);
        Assert.Equal("queue;dur=0.410, compute;dur=1.930", reply.Metadata["server-timing"]);
        Assert.Equal(id, ModelInferResponse.Parser.ParseFrom(reply.Messages[0]).Id);
    }

    [Fact]
    public async Task Infer_Classification_AnswersInTheOutputsStead()
    {
        var request = Infers.Raw(1, 4);
        request.Inputs[0].Shape.Insert(0, 1);
        request.Outputs.Add(new Output { Name = "y", Parameters = { ["classification"] = new InferParameter { Int64Param = 1 } } });

        var response = await client.AskAsync("ModelInfer", request, ModelInferResponse.Parser);

        Assert.Equal("BYTES", Assert.Single(response.Outputs).Datatype);
        Assert.Equal([1, 1], response.Outputs[0].Shape);
        var raw = response.RawOutputContents[0].Span;
        Assert.Equal(8, BinaryPrimitives.ReadInt32LittleEndian(raw));
        Assert.Equal("8:1:high", System.Text.Encoding.UTF8.GetString(raw[4..]));
    }

    [Fact]
    public async Task Infer_OutputsReleased_AfterTheyAreWritten()
    {
        var released = 0;
        var lease = new CountedLease(() => Interlocked.Increment(ref released));
        gateway.Engine.Infer = (request, _) => new(new InferenceResponse
        {
            Model = request.Model, Version = "1", Id = request.Id, Lease = lease, Route = new RouteDecision("1", null, RouteReason.Only, 0),
            Outputs = [new Tensor("y", TensorType.UInt8, [2], new byte[] { 1, 2 })],
        });

        var response = await client.AskAsync("ModelInfer", Infers.Raw(1), ModelInferResponse.Parser);

        Assert.Equal([1, 2], response.RawOutputContents[0].ToByteArray());
        Assert.Equal(1, released);
    }

    [Theory]
    [InlineData(nameof(ErrorCode.InvalidRequest), 3)]
    [InlineData(nameof(ErrorCode.ModelNotFound), 5)]
    [InlineData(nameof(ErrorCode.VersionNotFound), 5)]
    [InlineData(nameof(ErrorCode.ModelNotReady), 14)]
    [InlineData(nameof(ErrorCode.Overloaded), 8)]
    [InlineData(nameof(ErrorCode.DeadlineExceeded), 4)]
    [InlineData(nameof(ErrorCode.QuotaExceeded), 8)]
    [InlineData(nameof(ErrorCode.Unauthenticated), 16)]
    [InlineData(nameof(ErrorCode.Forbidden), 7)]
    [InlineData(nameof(ErrorCode.PayloadTooLarge), 8)]
    [InlineData(nameof(ErrorCode.UnsupportedMedia), 3)]
    [InlineData(nameof(ErrorCode.Conflict), 10)]
    [InlineData(nameof(ErrorCode.StaleMatch), 10)]
    [InlineData(nameof(ErrorCode.Unsupported), 12)]
    [InlineData(nameof(ErrorCode.ModelFailed), 13)]
    [InlineData(nameof(ErrorCode.Internal), 13)]
    public async Task Infer_EngineFails_IsItsStatus(string code, int status)
    {
        var error = new ServingError(Enum.Parse<ErrorCode>(code), "100 % broken: ä\n", TimeSpan.FromMilliseconds(1500));
        gateway.Engine.Infer = (_, _) => new(error);

        var reply = await client.CallAsync("ModelInfer", Infers.WithId("7", 1));

        Assert.Equal((status, error.Message), (reply.Status, reply.Message));
        Assert.Equal("100 %25 broken: %C3%A4%0A", reply.Metadata["grpc-message"]);
        Assert.Equal("1500", reply.Metadata["grpc-retry-pushback-ms"]);
        Assert.Equal("7", reply.Metadata["x-request-id"]);
        Assert.Empty(reply.Messages);
    }

    [Fact]
    public async Task Infer_EngineThrows_IsInternalAndLogged()
    {
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("secret");

        var reply = await client.CallAsync("ModelInfer", Infers.Raw(1));

        Assert.Equal((13, "the server failed on this call; its log says why"), (reply.Status, reply.Message));
        Assert.Contains("ModelInfer failed", Assert.Single(gateway.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_BadContent_NamesTheField()
    {
        var request = Infers.Raw(1);
        request.Inputs[0].Shape[0] = 3;

        var reply = await client.CallAsync("ModelInfer", request);

        Assert.Equal((3, "raw_input_contents[0] has 4 bytes, but shape [3] of FP32 needs 12"), (reply.Status, reply.Message));
    }

    private sealed class CountedLease(Action released) : IDisposable
    {
        public void Dispose() => released();
    }
}
