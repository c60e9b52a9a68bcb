using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Requests of rows drawn from iris' baseline.</summary>
internal sealed class IrisRows
{
    private readonly Random random = new(17);
    private readonly double[][] rows =
    [
        .. File.ReadLines(Path.Combine(SampleModels.Repository, "iris", "baseline.csv")).Skip(1)
            .Select(line => line.Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()),
    ];

    /// <param name="count">Rows of the request.</param>
    /// <param name="permuted">A column that gets another one's values; -1 for none.</param>
    public string Request(int count, int permuted = -1)
    {
        var data = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            var row = rows[random.Next(rows.Length)];
            for (var c = 0; c < row.Length; c++) data.Add((JsonNode)row[c == permuted ? 0 : c]);
        }

        return $$"""{"inputs":[{"name":"input","shape":[{{count}},4],"datatype":"FP32","data":{{data.ToJsonString()}}}]}""";
    }
}
