using System.Net;
using Grains.Routing.Shadows;
using Serving.Inference;
using Serving.Routing;
using Serving.Routing.Shadows;

namespace Grains.Tests.Routing;

/// <summary>The sum of silos' counts of shadows.</summary>
public sealed class ShadowBookTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ShadowTarget[] Targets = [new("2", 20, Since: 3)];
    private readonly ShadowState state = new();
    private ShadowBook book = new(new ShadowState());

    [Fact]
    public void Count_ComesTwiceOrLate_CountsOnce()
    {
        Assert.True(book.Count(Counts("a", 1, Noon, compared: 5)));
        Assert.True(book.Count(Counts("b", 2, Noon, compared: 2)));
        Assert.True(book.Count(Counts("a", 1, Noon.AddSeconds(2), compared: 8)));
        Assert.False(book.Count(Counts("a", 1, Noon.AddSeconds(1), compared: 6)));
        Assert.False(book.Count(Counts("a", 1, Noon.AddSeconds(3), compared: 8)));

        var report = Read(Noon.AddSeconds(4));
        Assert.Equal((10L, 10L, 20.0), (report.Compared, report.Sent, report.Percent));
        Assert.Equal([("a", false), ("b", false)], report.Nodes!.Select(n => (n.Node, n.IsSilent)));
        Assert.Equal([false, true], Read(Noon.AddSeconds(12)).Nodes!.Select(n => n.IsSilent));
    }

    [Fact]
    public void Report_SiloGone_KeepsItsCountsAndShowsItForAnHour()
    {
        book.Count(Counts("a", 1, Noon, compared: 5));
        book.Count(Counts("a", 2, Noon.AddSeconds(1), compared: 1));
        book.Count(Counts("b", 3, Noon.AddSeconds(1), compared: 1, isLast: true));

        Assert.Equal((7L, 2), (Read(Noon).Compared, Read(Noon).Nodes!.Count));
        Assert.True(Read(Noon, gone: 1).Nodes![0].IsSilent);
        Fold(Noon.AddMinutes(50), gone: 1);
        Assert.Equal(2, Read(Noon, gone: 1).Nodes!.Count);
        Fold(Noon.AddMinutes(61), gone: 1);
        Assert.Equal((7L, 1), (Read(Noon, gone: 1).Compared, Read(Noon, gone: 1).Nodes!.Count));

        book.Save(state);
        book = new ShadowBook(state);
        Assert.Equal(7, Read(Noon).Compared);
        book.Keep(new Dictionary<string, long> { ["2"] = 4 });
        Assert.Equal(2, Read(Noon).Compared);
    }

    [Fact]
    public void Report_MadeAShadowAnew_BeginsAnew()
    {
        book.Count(Counts("a", 1, Noon, compared: 5));

        var report = Assert.Single(book.Report([new("2", 20, Since: 7)], _ => false, Noon));
        Assert.Equal((0L, 0), (report.Compared, report.Nodes!.Count));
    }

    private ShadowReport Read(DateTimeOffset now, int gone = 0) => Assert.Single(book.Report(Targets, silo => silo.Generation == gone, now));

    private void Fold(DateTimeOffset now, int gone) => book.Fold(silo => silo.Generation == gone, now);

    private static SiloShadows Counts(string node, int life, DateTimeOffset until, int compared, bool isLast = false)
    {
        var comparison = new ShadowComparison("2", since: 3);
        Tensor[] outputs = [new("y", TensorType.Int32, [1], new byte[4])];
        for (var i = 0; i < compared; i++)
        {
            comparison.Sent();
            comparison.Compare(outputs, TimeSpan.FromMilliseconds(1), outputs, TimeSpan.FromMilliseconds(2));
        }

        return new SiloShadows(node, SiloAddress.New(IPAddress.Loopback, 1, life), until, isLast, ShadowTallyJson.Write([comparison.Tally()]));
    }
}
