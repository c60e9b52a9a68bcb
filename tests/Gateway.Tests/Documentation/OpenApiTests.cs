using System.Text.Json;
using Gateway.Documentation;
using Gateway.Tests.Access;
using Gateway.Tests.Http;

namespace Gateway.Tests.Documentation;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_EveryOperation_IsDescribed()
    {
        using var document = await ReadAsync();

        Assert.All(Operations(document), operation => Assert.NotEqual("Other", operation.Doc.GetProperty("tags")[0].GetString()));
    }

    [Fact]
    public async Task Docs_EveryEntry_IsOfAnOperation()
    {
        using var document = await ReadAsync();

        var keys = Operations(document)
            .Select(o => $"{o.Verb.ToUpperInvariant()} {o.Path.Replace("/versions/{version}", "").Replace("/labels/{label}", "")}").ToHashSet();

        Assert.Empty(OperationDocs.All.Keys.Except(keys));
    }

    [Fact]
    public async Task Document_Operations_HaveIdsOfTheirOwnAndNameTheirPathsParts()
    {
        using var document = await ReadAsync();
        var operations = Operations(document).ToList();

        Assert.Equal(operations.Count, operations.Select(o => o.Doc.GetProperty("operationId").GetString()).Distinct().Count());
        foreach (var (path, _, doc) in operations)
        {
            var wanted = path.Split('/').Where(part => part.StartsWith('{')).Select(part => part[1..part.IndexOf('}')]);
            var named = doc.TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!)
                : [];
            Assert.Equal(wanted, named);
        }
    }

    [Fact]
    public async Task Document_References_LeadToSchemas()
    {
        using var document = await ReadAsync();
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");

        var references = References(document.RootElement).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(schemas.TryGetProperty(reference["#/components/schemas/".Length..], out _), reference));
    }

    [Fact]
    public async Task Document_EveryRequest_HasAnExampleToTry()
    {
        using var document = await ReadAsync();
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        var requests = Operations(document).Where(o => o.Doc.TryGetProperty("requestBody", out _))
            .SelectMany(o => References(o.Doc.GetProperty("requestBody"))).Distinct();

        Assert.All(requests, reference => Assert.True(
            schemas.GetProperty(reference.Split('/')[^1]).TryGetProperty("example", out _), reference));
    }

    [Fact]
    public async Task Document_Scope_IsToldWhereThereIsOne()
    {
        using var document = await ReadAsync();
        var paths = document.RootElement.GetProperty("paths");

        Assert.Equal("infer", paths.GetProperty("/v2/models/{model}/infer").GetProperty("post").GetProperty("x-scope").GetString());
        Assert.False(paths.GetProperty("/v2/health/live").GetProperty("get").TryGetProperty("security", out _));
    }

    private static async Task<JsonDocument> ReadAsync()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeAccessStore());
        using var answer = await gateway.Client.GetAsync("/openapi.json");
        Assert.Equal((200, "application/json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
    }

    private static IEnumerable<(string Path, string Verb, JsonElement Doc)> Operations(JsonDocument document) =>
        from path in document.RootElement.GetProperty("paths").EnumerateObject()
        from verb in path.Value.EnumerateObject()
        select (path.Name, verb.Name, verb.Value);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(
            member => member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
