using Gateway.Tests.Http;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.TensorFlow;

/// <summary>What TensorFlow Serving's paths put on the wire, byte for byte, in <c>Golden/</c>.</summary>
public sealed class TensorFlowWireTests
{
    [Theory]
    [InlineData("tf-status", "GET /v1/models/double")]
    [InlineData("tf-status-version", "GET /v1/models/double/versions/1")]
    [InlineData("tf-status-version-unknown", "GET /v1/models/double/versions/9")]
    [InlineData("tf-status-label", "GET /v1/models/double/labels/canary")]
    [InlineData("tf-status-label-unknown", "GET /v1/models/double/labels/nope")]
    [InlineData("tf-status-unknown", "GET /v1/models/nope")]
    [InlineData("tf-status-cold", "GET /v1/models/cold")]
    [InlineData("tf-metadata", "GET /v1/models/double/metadata")]
    [InlineData("tf-metadata-version", "GET /v1/models/double/versions/2/metadata")]
    [InlineData("tf-metadata-label", "GET /v1/models/double/labels/canary/metadata")]
    [InlineData("tf-metadata-unknown", "GET /v1/models/nope/metadata")]
    [InlineData("tf-metadata-version-unknown", "GET /v1/models/double/versions/9/metadata")]
    [InlineData("tf-metadata-label-unknown", "GET /v1/models/double/labels/nope/metadata")]
    [InlineData("tf-predict-label-unknown", "POST /v1/models/double/labels/nope:predict", """{"instances":[[1,2]]}""")]
    [InlineData("tf-classify-malformed", "POST /v1/models/double:classify", """{"examples":""")]
    [InlineData("tf-classify-version", "POST /v1/models/double/versions/2:classify", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-classify-label-unknown", "POST /v1/models/double/labels/nope:classify", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-regress-version", "POST /v1/models/line/versions/2:regress", """{"examples":[{"x":1}]}""")]
    [InlineData("tf-regress-version-unsupported", "POST /v1/models/double/versions/2:regress", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-regress-label", "POST /v1/models/line/labels/canary:regress", """{"examples":[{"x":1}]}""")]
    [InlineData("tf-regress-label-unknown", "POST /v1/models/double/labels/nope:regress", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-predict", "POST /v1/models/double:predict", """{"instances":[[1.5,-2],[NaN,0]]}""")]
    [InlineData("tf-predict-columns", "POST /v1/models/double:predict", """{"inputs":{"x":[[1.5,-2]]}}""")]
    [InlineData("tf-predict-version", "POST /v1/models/double/versions/2:predict", """{"instances":[[1.5,-2]]}""")]
    [InlineData("tf-predict-label", "POST /v1/models/double/labels/canary:predict", """{"instances":[[1.5,-2]]}""")]
    [InlineData("tf-predict-version-unknown", "POST /v1/models/double/versions/9:predict", """{"instances":[[1,2]]}""")]
    [InlineData("tf-predict-unknown", "POST /v1/models/nope:predict", """{"instances":[[1,2]]}""")]
    [InlineData("tf-predict-cold", "POST /v1/models/cold:predict", """{"instances":[[1,2]]}""")]
    [InlineData("tf-predict-ragged", "POST /v1/models/double:predict", """{"instances":[[1,2],[3]]}""")]
    [InlineData("tf-predict-malformed", "POST /v1/models/double:predict", """{"instances":""")]
    [InlineData("tf-predict-get", "DELETE /v1/models/double:predict")]
    [InlineData("tf-classify", "POST /v1/models/double:classify", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-classify-label", "POST /v1/models/double/labels/canary:classify", """{"examples":[{"x":[1,2]}]}""")]
    [InlineData("tf-classify-faulty", "POST /v1/models/double/versions/2:classify", """{"examples":[{"z":1}]}""")]
    [InlineData("tf-regress", "POST /v1/models/line:regress", """{"examples":[{"x":1},{"x":2}]}""")]
    [InlineData("tf-regress-unsupported", "POST /v1/models/double:regress", """{"examples":[{"x":[1,2]}]}""")]
    public async Task Operation_Answered_LooksAsBefore(string name, string line, string body = "")
    {
        await using var gateway = await StartAsync();
        using var connection = gateway.Connect();

        var length = line.StartsWith("PO", StringComparison.Ordinal) ? $"Content-Length: {body.Length}\r\n" : "";
        connection.Send($"{line} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n{length}\r\n{body}");
        var answer = connection.Receive();

        Golden.Check($"{name}.http", WireFormatTests.Render($"{line}\n{body}".TrimEnd('\n'), answer));
        Assert.Empty(gateway.Log.Lines);
    }

    [Theory]
    [InlineData(ErrorCode.Overloaded, 429)]
    [InlineData(ErrorCode.QuotaExceeded, 429)]
    [InlineData(ErrorCode.DeadlineExceeded, 504)]
    [InlineData(ErrorCode.ModelFailed, 500)]
    [InlineData(ErrorCode.Unauthenticated, 401)]
    [InlineData(ErrorCode.Forbidden, 403)]
    [InlineData(ErrorCode.Conflict, 409)]
    [InlineData(ErrorCode.Unsupported, 501)]
    [InlineData(ErrorCode.ModelNotReady, 503)]
    public async Task Predict_EngineRefuses_HasTensorFlowsStatus(ErrorCode code, int status)
    {
        await using var gateway = await StartAsync();
        gateway.Engine.Infer = (_, _) => new(new ServingError(code, "because"));

        using var answer = await gateway.Client.PostAsync("/v1/models/double:predict", new StringContent("""{"instances":[[1,2]]}"""));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith("""{"error":"because","code":""", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<RunningGateway> StartAsync()
    {
        var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Others["line"] = Signatures.Of(Signatures.X(TensorType.Fp32, -1, 1)) with
        {
            Name = "line", Outputs = [new TensorSignature("y", TensorType.Fp32, [-1, 1])],
        };
        return gateway;
    }
}
