using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Gateway.Grpc.Messages;
using Google.Protobuf;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// What one request of the sample model iris may allocate in the whole process: web server, gateway, engine, session. A budget, so
/// that a change which makes requests dearer fails here. The client is a socket and two buffers, and allocates nothing.
/// </summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests : IAsyncLifetime
{
    private const string Body = """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}""";
    private const string BinaryHead = """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],"parameters":{"binary_data_output":true}}""";

    private const int Rounds = 50;
    private const int Requests = 100;

    private readonly byte[] answer = new byte[64 << 10];
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync(ControlMode.None, "iris");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public void Json_StaysInItsBudget() => AssertBudget(2_100, Http(Body, []));

    [Fact]
    public void Binary_StaysInItsBudget() =>
        AssertBudget(1_900, Http(BinaryHead, Floats(), $"Inference-Header-Content-Length: {BinaryHead.Length}\r\n"));

    [Fact]
    public void Grpc_StaysInItsBudget()
    {
        var message = new ModelInferRequest { ModelName = "iris" };
        message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = "FP32", Shape = { 1, 4 } });
        message.RawInputContents.Add(ByteString.CopyFrom(Floats()));
        using var socket = Connect(server.GrpcAddress);
        var call = new Http2Call(socket, "/inference.GRPCInferenceService/ModelInfer", message.ToByteArray(), answer);

        AssertBudget(2_600, call.Run);
    }

    private static byte[] Floats()
    {
        var bytes = new byte[16];
        float[] values = [5.1f, 3.5f, 1.4f, 0.2f];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    private static byte[] Http(string json, byte[] blob, string headers = "") =>
    [
        .. Encoding.ASCII.GetBytes($"POST /v2/models/iris/infer HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {json.Length + blob.Length}\r\n\r\n{json}"), .. blob,
    ];

    private static Socket Connect(Uri address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        socket.Connect(address.Host, address.Port);
        return socket;
    }

    private void AssertBudget(long most, byte[] request)
    {
        using var socket = Connect(server.Client.BaseAddress!);
        socket.Send(request);
        var length = socket.Receive(answer);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(answer, 0, length));
        Assert.Contains("setosa", Encoding.ASCII.GetString(answer, 0, length));
        AssertBudget(most, () =>
        {
            socket.Send(request);
            socket.Receive(answer);
        });
    }

    /// <summary>
    /// The least of many short rounds: what else goes on in the process now and then is not the requests', and where other work on the
    /// machine makes one wait, what it keeps for that is not theirs either.
    /// </summary>
    private static void AssertBudget(long most, Action request)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Requests; i++) request();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests);
        }

        Assert.True(least <= most, $"{least} bytes are allocated for each request; {most} are allowed");
    }
}
