using System.Globalization;
using System.Text;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;

namespace Serving.Tests.Drift.Observing;

public sealed class BaselineFilesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("baseline-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Read_CsvSaidToBeInTimeOrder_KnowsHowMuchItsBlocksDiffer()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "baseline.csv"), Csv());

        Assert.Null(Assert.Single(Read(inTimeOrder: false).Value!.Features).Dispersion);
        Assert.True(Assert.Single(Read(inTimeOrder: true).Value!.Features).Dispersion!.Shape > 1.5);
    }

    [Fact]
    public void Read_TimeOrderOfWhatIsNoCsv_IsRefused()
    {
        Assert.Null(Read(inTimeOrder: false).Value);
        Assert.Contains("there is none", Read(inTimeOrder: true).Error!.Message, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(folder.FullName, "baseline.json"), """{"columns": {"x": [1, 2, 3]}, "time_ordered": true}""");
        Assert.Contains("says it itself", Read(inTimeOrder: true).Error!.Message, StringComparison.Ordinal);
    }

    /// <summary>Each value half the one before it, and more.</summary>
    private static string Csv()
    {
        var (random, value, text) = (new Random(1), 0.0, new StringBuilder("x\n"));
        for (var i = 0; i < 4000; i++)
        {
            value = (0.8 * value) + Draws.Normal(random);
            text.Append(CultureInfo.InvariantCulture, $"{value:f6}\n");
        }

        return text.ToString();
    }

    private Outcome<Baseline?> Read(bool inTimeOrder) => BaselineFiles.Read(folder.FullName, "1", inTimeOrder, _ => null);
}
