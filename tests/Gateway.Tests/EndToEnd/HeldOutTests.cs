using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Drift on real data: the baseline is what the sample models were trained on, the traffic are rows that were held out, drawn
/// again and again.
/// </summary>
public sealed class HeldOutTests : IAsyncLifetime
{
    private const int RowsOfRequest = 50;
    private readonly Random random = new(11);
    private RunningServer server = null!;

    public async Task InitializeAsync()
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        foreach (var model in new[] { "iris", "digits" })
            RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, model), Path.Combine(repository, model));
        File.Delete(Path.Combine(repository, "iris", "baseline.csv"));
        File.WriteAllText(Path.Combine(repository, "iris", "model.json"), """{"serving":{"drift":{"window":{"count":500}}}}""");
        File.Delete(Path.Combine(repository, "digits", "config.pbtxt"));
        File.WriteAllText(
            Path.Combine(repository, "digits", "model.json"),
            """
            {"max_batch_size":64,"input":[{"name":"image","data_type":"TYPE_FP32","dims":[1,8,8]}],
             "output":[{"name":"scores","data_type":"TYPE_FP32","dims":[10],"label_filename":"labels.txt"}],"serving":{"drift":{"window":{"count":500}}}}
            """);
        server = await RunningServer.StartOnAsync(repository, ControlMode.Poll, null);
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Iris_HeldOutRows_RaiseNothingUntilAColumnBringsAnothersValues()
    {
        var (train, held) = Rows("iris.csv", line => [.. line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))]);
        await PutBaselineAsync("iris", "2", ["sepal_length", "sepal_width", "petal_length", "petal_width"], train);

        await InferAsync("iris", "input", "4", held, 100_000);
        Assert.Equal("[]", (await EventsAsync("iris", "2")).ToJsonString());
        float[][] permuted = [.. held.Select(row => (float[])[row[0], row[1], row[2], row[1]])];
        await InferAsync("iris", "input", "4", permuted, 500);

        var events = await EventsAsync("iris", "2");
        Assert.Equal("petal_width", (string)events[0]!["feature"]!);
        Assert.All(events, alert => Assert.Equal("petal_width", (string)alert!["feature"]!));
    }

    [Fact]
    public async Task Digits_HeldOutImages_RaiseNothingUntilTheyAreRotated()
    {
        var (train, held) = Rows("digits.csv", line => [.. line.Select(grey => grey <= '9' ? grey - '0' : (float)(grey - 'A' + 10))]);
        await PutBaselineAsync("digits", "1", [.. Enumerable.Range(0, 64).Select(pixel => $"image[{pixel}]")], train);

        await InferAsync("digits", "image", "1,8,8", held, 100_000);
        var quiet = await EventsAsync("digits", "1");
        Assert.True(quiet.Count == 0, quiet.ToJsonString());
        float[][] rotated = [.. held.Select(image => (float[])[.. Enumerable.Range(0, 64).Select(pixel => image[(pixel % 8 * 8) + 7 - (pixel / 8)])])];
        await InferAsync("digits", "image", "1,8,8", rotated, 500);

        var events = await EventsAsync("digits", "1");
        var expected = Changed(held, rotated);
        Assert.NotEmpty(events);
        Assert.All(events.Take(5), alert => Assert.Contains((string)alert!["feature"]!, expected));
        var drift = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/digits/versions/1/drift"))!;
        Assert.InRange((double)drift["windows"]![0]!["drifted_share"]!, 0.25, 1);
    }

    /// <summary>Pixels whose mean differs by more than a fifth of the range: what anybody would call drifted.</summary>
    private static HashSet<string> Changed(float[][] before, float[][] after) =>
    [
        .. Enumerable.Range(0, 64).Where(pixel => Math.Abs(before.Average(row => row[pixel]) - after.Average(row => row[pixel])) > 1).Select(pixel => $"image[{pixel}]"),
    ];

    private static (float[][] Train, float[][] Held) Rows(string file, Func<string, float[]> read)
    {
        var lines = File.ReadAllLines(Path.Combine(SampleModels.Tests, "..", "Data", file)).Select(line => line.Split(',', 2)).ToArray();
        return (Of("train"), Of("held"));

        float[][] Of(string part) => [.. lines.Where(line => line[0] == part).Select(line => read(line[1]))];
    }

    private async Task PutBaselineAsync(string model, string version, string[] names, float[][] rows)
    {
        var csv = new StringBuilder(string.Join(',', names)).Append('\n');
        foreach (var row in rows) csv.AppendJoin(',', row.Select(value => value.ToString(CultureInfo.InvariantCulture))).Append('\n');
        var answer = await server.Client.PutAsync($"/v2/models/{model}/versions/{version}/baseline", new StringContent(csv.ToString(), Encoding.UTF8, "text/csv"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends so many rows drawn from these, as binary tensors.</summary>
    private async Task InferAsync(string model, string input, string shape, float[][] rows, int count)
    {
        var width = rows[0].Length;
        var values = new float[RowsOfRequest * width];
        var head = Encoding.UTF8.GetBytes(
            "{\"inputs\":[{\"name\":\"" + input + "\",\"shape\":[" + RowsOfRequest + "," + shape + "],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":"
            + (values.Length * sizeof(float)) + "}}],\"outputs\":[{\"name\":\"scores\",\"parameters\":{\"binary_data\":true}}]}");
        for (var sent = 0; sent < count; sent += RowsOfRequest)
        {
            for (var i = 0; i < RowsOfRequest; i++) rows[random.Next(rows.Length)].CopyTo(values, i * width);
            var content = new ByteArrayContent([.. head, .. MemoryMarshal.AsBytes<float>(values)]);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            content.Headers.Add("Inference-Header-Content-Length", head.Length.ToString(CultureInfo.InvariantCulture));
            using var answer = await server.Client.PostAsync($"/v2/models/{model}/infer", content);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    private async Task<JsonArray> EventsAsync(string model, string version) =>
        JsonNode.Parse(await server.Client.GetStringAsync($"/v2/models/{model}/versions/{version}/drift/events"))!["events"]!.AsArray();
}
