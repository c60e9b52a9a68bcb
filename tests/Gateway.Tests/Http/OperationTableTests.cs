using Gateway.Access;
using Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Http;

public sealed class OperationTableTests
{
    private static readonly OperationTable Table = new(
    [
        Get("/v2"), Get("/v2/models/stats"), Get("/v2/models/{model}"), Get("/v2/models/{model}/versions/{version}"), Get("/v2/models/{model}/ready"),
        Post("/v2/models/{model}/infer"), Post("/v2/models/{model}/versions/{version}/infer"), Post("/v1/models/{model}:predict"), Get("/v1/models/{model}"),
    ]);

    [Theory]
    [InlineData("GET", "/v2", "/v2", null, null)]
    [InlineData("GET", "/v2/", "/v2", null, null)]
    [InlineData("HEAD", "/v2?x=/models/a", "/v2", null, null)]
    [InlineData("GET", "http://host:1/v2", "/v2", null, null)]
    [InlineData("GET", "/v2/models/stats", "/v2/models/stats", null, null)]
    [InlineData("GET", "/v2/models/stats/ready", "/v2/models/{model}/ready", "stats", null)]
    [InlineData("GET", "/v2/models/a%2Fb%20c", "/v2/models/{model}", "a/b c", null)]
    [InlineData("GET", "/v2/models/%E2%98%83", "/v2/models/{model}", "\u2603", null)]
    [InlineData("GET", "/v2/models/100%25", "/v2/models/{model}", "100%", null)]
    [InlineData("GET", "/v2/models/50%zz", "/v2/models/{model}", "50%zz", null)]
    [InlineData("GET", "/v2/models/versions/versions/versions", "/v2/models/{model}/versions/{version}", "versions", "versions")]
    [InlineData("POST", "/v2/models/m/versions/canary/infer", "/v2/models/{model}/versions/{version}/infer", "m", "canary")]
    [InlineData("POST", "http://host/v2/models/m/infer/", "/v2/models/{model}/infer", "m", null)]
    [InlineData("POST", "/v1/models/a:b:predict", "/v1/models/{model}:predict", "a:b", null)]
    [InlineData("GET", "/v1/models/a:b", "/v1/models/{model}", "a:b", null)]
    public void TryFind_Known_FindsPatternAndValues(string method, string target, string pattern, string? model, string? version)
    {
        Assert.True(Table.TryFind(method, target, out var values, out var operation, out _));

        Assert.Equal((pattern, model, version), (operation.Pattern, values["model"], values["version"]));
    }

    [Theory]
    [InlineData("GET", "/v2/models", null)]
    [InlineData("GET", "/", null)]
    [InlineData("GET", "", null)]
    [InlineData("GET", "*", null)]
    [InlineData("GET", "v2", null)]
    [InlineData("GET", "http://host", null)]
    [InlineData("GET", "/V2", null)]
    [InlineData("GET", "/v2//", null)]
    [InlineData("GET", "/v2/models//ready", null)]
    [InlineData("GET", "/v2/models/m/versions/", null)]
    [InlineData("GET", "/v2/models/m/ready/more", null)]
    [InlineData("POST", "/v2", "GET, HEAD")]
    [InlineData("GET", "/v2/models/m/infer", "POST")]
    [InlineData("get", "/v2", "GET, HEAD")]
    [InlineData("DELETE", "/v2/models/stats", "GET, HEAD")]
    [InlineData("DELETE", "/v1/models/m:predict", "GET, HEAD, POST")]
    public void TryFind_Unknown_TellsVerbs(string method, string target, string? allowed)
    {
        Assert.False(Table.TryFind(method, target, out _, out _, out var verbs));

        Assert.Equal(allowed, verbs);
    }

    [Fact]
    public void Constructor_SameOperationTwice_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new OperationTable([Get("/a/{x}"), Get("/a/{y}")]));

    [Fact]
    public void TryFind_KnownPath_AllocatesNothing()
    {
        const string target = "/v2/models/some-model/versions/12/infer";
        Table.TryFind("POST", target, out _, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) Table.TryFind("POST", target, out _, out _, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static Operation Get(string pattern) => new("GET", pattern, OperationKind.ServerLive, Unused);

    private static Operation Post(string pattern) => new("POST", pattern, OperationKind.ServerLive, Unused);

    private static Task Unused(HttpContext context, PathValues values) => Task.CompletedTask;
}
