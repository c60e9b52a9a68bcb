using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Every sample model's <c>example.json</c>, sent as JSON and as binary, must give what its <c>expected.json</c> says.</summary>
public sealed class SampleModelTests : IAsyncLifetime
{
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync(ControlMode.None, "iris", "digits", "diabetes");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("iris")]
    [InlineData("digits")]
    [InlineData("diabetes")]
    public async Task Infer_ExampleAsJson_GivesTheExpectedOutputs(string model)
    {
        var answer = await server.Client.PostAsync($"/v2/models/{model}/infer", new StringContent(Example(model), Encoding.UTF8, "application/json"));

        var outputs = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["outputs"]!.AsArray();
        foreach (var (expected, output) in Expected(model).Zip(outputs))
        {
            Assert.Equal((string)expected!["name"]!, (string)output!["name"]!);
            Assert.Equal(Shape(expected), Shape(output));
            AssertSame(expected["data"]!.AsArray(), output["data"]!.AsArray());
        }
    }

    [Theory]
    [InlineData("iris")]
    [InlineData("digits")]
    [InlineData("diabetes")]
    public async Task Infer_ExampleAsBinary_GivesTheExpectedOutputs(string model)
    {
        var request = JsonNode.Parse(Example(model))!;
        var input = request["inputs"]![0]!;
        var floats = input["data"]!.AsArray().Select(v => (float)v!).ToArray();
        input.AsObject().Remove("data");
        input["parameters"] = new JsonObject { ["binary_data_size"] = floats.Length * 4 };
        request["parameters"] = new JsonObject { ["binary_data_output"] = true };
        var header = Encoding.UTF8.GetBytes(request.ToJsonString());
        var content = new ByteArrayContent([.. header, .. MemoryMarshal.AsBytes<float>(floats)]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", header.Length.ToString());

        var answer = await server.Client.PostAsync($"/v2/models/{model}/infer", content);

        var body = await answer.Content.ReadAsByteArrayAsync();
        var length = int.Parse(answer.Content.Headers.TryGetValues("Inference-Header-Content-Length", out var values)
            ? values.Single() : answer.Headers.GetValues("Inference-Header-Content-Length").Single());
        var outputs = JsonNode.Parse(body.AsSpan(0, length))!["outputs"]!.AsArray();
        var rest = body.AsSpan(length);
        foreach (var (expected, output) in Expected(model).Zip(outputs))
        {
            var size = (int)output!["parameters"]!["binary_data_size"]!;
            AssertSame(expected!["data"]!.AsArray(), Decode((string)output["datatype"]!, rest[..size]));
            rest = rest[size..];
        }

        Assert.Equal(0, rest.Length);
    }

    private static string Example(string model) => File.ReadAllText(Path.Combine(SampleModels.Repository, model, "example.json"));

    private static JsonArray Expected(string model) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(SampleModels.Repository, model, "expected.json")))!.AsArray();

    private static string Shape(JsonNode tensor) => tensor["shape"]!.ToJsonString();

    private static JsonArray Decode(string datatype, ReadOnlySpan<byte> data)
    {
        var result = new JsonArray();
        while (data.Length > 0)
        {
            var length = datatype == "BYTES" ? BinaryPrimitives.ReadInt32LittleEndian(data) : 4;
            if (datatype == "BYTES") result.Add(Encoding.UTF8.GetString(data.Slice(4, length)));
            else result.Add((double)BinaryPrimitives.ReadSingleLittleEndian(data));
            data = data[(datatype == "BYTES" ? 4 + length : 4)..];
        }

        return result;
    }

    private static void AssertSame(JsonArray expected, JsonArray actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (e, a) in expected.Zip(actual))
        {
            if (e!.GetValueKind() == JsonValueKind.String) Assert.Equal((string)e!, (string)a!);
            else Assert.True(Math.Abs((double)e! - (double)a!) <= 1e-4 * Math.Max(1, Math.Abs((double)e!)), $"{e} is not {a}");
        }
    }
}
