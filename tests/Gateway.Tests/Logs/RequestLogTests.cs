using System.Text;
using System.Text.RegularExpressions;
using Gateway.Grpc.Messages;
using Gateway.Tests.Access;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Serving.Access;

namespace Gateway.Tests.Logs;

public sealed class RequestLogTests
{
    [Fact]
    public async Task Requests_Logged_AreOneLineWithoutWhatIsInThem()
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer);
        await using var gateway = await RunningGateway.StartAsync(store, ("RequestLogShare", "1"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer?secret=1")
        {
            Content = new StringContent(InferRequests.Json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", key);
        request.Headers.Add("x-request-id", "mine");
        await gateway.Client.SendAsync(request);
        await LoggedAsync(gateway, 1);
        await gateway.Client.GetAsync("/v2/models/double");
        await LoggedAsync(gateway, 2);

        Assert.Equal(2, gateway.Log.Lines.Count);
        Assert.Matches(
            $"""http POST /v2/models/double/infer: ok in [0-9.]+ ms \(request mine, caller key:{key.Substring(4, 12)}, route version=2;variant=canary;reason=sticky;epoch=7, queue;dur=0.410, compute;dur=1.930\)""",
            gateway.Log.Lines.First());
        Assert.Contains("http GET /v2/models/double: unauthenticated in ", gateway.Log.Lines.Last());

        // The time it took may have the digits of a tensor's number.
        var words = gateway.Log.Lines.Select(line => Regex.Replace(line, "in [0-9.]+ ms", ""));
        Assert.DoesNotContain(words, line => line.Contains("secret") || line.Contains("1.5") || line.Contains(key));
    }

    [Fact]
    public async Task Calls_Logged_NameProcedureAndModel()
    {
        await using var gateway = await RunningGateway.StartAsync(("RequestLogShare", "1"));
        using var client = new GrpcClient(gateway.GrpcAddress);
        await client.CallAsync("ModelInfer", Infers.Raw(1, 2));
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        await stream.SendAsync(Infers.Raw(1, 2));
        await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await stream.EndSendingAsync();
        await stream.EndAsync();
        await LoggedAsync(gateway, 2);

        Assert.Contains(gateway.Log.Lines, line => line.Contains("grpc POST /inference.GRPCInferenceService/ModelInfer double: ok in ") && line.Contains("route version=2"));
        Assert.Contains(gateway.Log.Lines, line => line.Contains("grpc POST stream double: ok in "));
    }

    [Fact]
    public async Task Requests_Unasked_AreNotLogged()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.Client.GetAsync("/v2");

        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>A request is logged when it was answered, which its caller may know before.</summary>
    private static async Task LoggedAsync(RunningGateway gateway, int lines)
    {
        for (var until = DateTime.UtcNow.AddMinutes(1); gateway.Log.Lines.Count < lines && DateTime.UtcNow < until; await Task.Delay(5))
        {
        }
    }
}
