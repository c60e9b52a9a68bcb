using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serving;

namespace Gateway.Tests.Http;

/// <summary>Every error code as a caller over HTTP gets it: those of the gateway's own making from real requests, the others from the engine.</summary>
public sealed class ErrorCodeTests
{
    private static readonly ErrorCode[] OfTheGateway =
    [
        ErrorCode.InvalidRequest, ErrorCode.ModelNotFound, ErrorCode.VersionNotFound, ErrorCode.ModelNotReady, ErrorCode.PayloadTooLarge,
        ErrorCode.UnsupportedMedia, ErrorCode.NotFound, ErrorCode.MethodNotAllowed, ErrorCode.Internal,
    ];

    [Theory]
    [InlineData("POST", "/v2/models/double/infer", "{", "application/json", 400, "invalid_request")]
    [InlineData("POST", "/v1/models/double:predict", "{", "application/json", 400, "invalid_request")]
    [InlineData("POST", "/v2/logging", "{", "application/json", 400, "invalid_request")]
    [InlineData("GET", "/v2/models/nope", null, null, 404, "model_not_found")]
    [InlineData("GET", "/v2/models/double/versions/9", null, null, 404, "version_not_found")]
    [InlineData("GET", "/v2/models/cold/ready", null, null, 503, "model_not_ready")]
    [InlineData("POST", "/v2/models/double/infer", "long", "application/json", 413, "payload_too_large")]
    [InlineData("POST", "/v1/models/double:predict", "long", "application/json", 413, "payload_too_large")]
    [InlineData("POST", "/v2/models/double/infer", "{}", "text/csv", 415, "unsupported_media")]
    [InlineData("GET", "/nowhere", null, null, 404, "not_found")]
    [InlineData("PATCH", "/v2", null, null, 405, "method_not_allowed")]
    public async Task Answer_OfTheGateway_HasStatusAndCode(string verb, string path, string? body, string? type, int status, string code)
    {
        await using var gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "1000"));
        using var request = new HttpRequestMessage(new HttpMethod(verb), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body == "long" ? new string(' ', 2000) : body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type!);
        }

        await CheckAsync(await gateway.Client.SendAsync(request), status, code);
    }

    [Fact]
    public async Task Answer_EngineThrows_IsInternal()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("a bug");

        await CheckAsync(await InferAsync(gateway), 500, "internal");
    }

    [Theory]
    [InlineData("/v2/models/double/infer", InferRequests.Json)]
    [InlineData("/v1/models/double:predict", """{"instances":[[1,2]]}""")]
    public async Task Answer_EveryCodeOfTheEngine_HasItsStatus(string path, string body)
    {
        await using var gateway = await RunningGateway.StartAsync();
        foreach (var code in Enum.GetValues<ErrorCode>().Except(OfTheGateway))
        {
            gateway.Engine.Infer = (_, _) => new(new ServingError(code, "because"));
            var expected = Gateway.Http.ErrorMapping.Of(code);
            var status = code == ErrorCode.Overloaded && path.StartsWith("/v1", StringComparison.Ordinal) ? 429 : expected.Http;

            using var answer = await InferAsync(gateway, path, body);

            Assert.Equal(expected.Retry, answer.Headers.RetryAfter is not null);
            await CheckAsync(answer, status, expected.Code);
        }
    }

    private static Task<HttpResponseMessage> InferAsync(
        RunningGateway gateway, string path = "/v2/models/double/infer", string body = InferRequests.Json) =>
        gateway.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task CheckAsync(HttpResponseMessage answer, int status, string code)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((status, code), ((int)answer.StatusCode, document.RootElement.GetProperty("code").GetString()));
        Assert.NotEmpty(document.RootElement.GetProperty("error").GetString()!);
    }
}
