using Gateway.Http;
using Serving.Inference;

namespace Gateway.Tests.Http;

public sealed class HeaderValueTests
{
    [Theory]
    [InlineData(0, 0, "queue;dur=0.000, compute;dur=0.000")]
    [InlineData(410, 1930, "queue;dur=0.410, compute;dur=1.930")]
    [InlineData(5, 1_234_567, "queue;dur=0.005, compute;dur=1234.567")]
    [InlineData(-1, 1000, "queue;dur=0.000, compute;dur=1.000")]
    [InlineData(long.MaxValue / 10, 1, "queue;dur=999999999999.999, compute;dur=0.001")]
    public void TimingHeader_Timing_IsMilliseconds(long queue, long compute, string expected) =>
        Assert.Equal(expected, TimingHeader.Text(new RequestTiming(new TimeSpan(queue * 10), new TimeSpan(compute * 10))));

    [Fact]
    public void RouteHeader_Routes_AreTold()
    {
        var header = new RouteHeader();
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("version=2;variant=canary;reason=sticky;epoch=7", header.Text(new("2", "canary", RouteReason.Sticky, 7)));
            Assert.Equal("version=2;reason=only;epoch=0", header.Text(new("2", null, RouteReason.Only, 0)));
            Assert.Equal("version=2;variant=a%3Bb%20c;reason=label;epoch=1", header.Text(new("2", "a;b c", RouteReason.Label, 1)));
        }
    }

    [Fact]
    public void RouteHeader_ManyRoutes_NeverMixesThem()
    {
        var header = new RouteHeader();
        for (var epoch = 0; epoch < 1000; epoch++)
        {
            for (var version = 0; version < 20; version++)
                Assert.Equal($"version={version};reason=weight;epoch={epoch}", header.Text(new($"{version}", null, RouteReason.Weight, epoch)));
        }
    }

    [Theory]
    [InlineData("plain-1", "plain-1")]
    [InlineData("", "")]
    [InlineData("a b", "a%20b")]
    [InlineData("a\r\nb: c", "a%0D%0Ab:%20c")]
    [InlineData("\u00e9\ud83d\ude00", "%C3%A9%F0%9F%98%80")]
    public void HeaderText_AnyText_IsFit(string text, string expected) => Assert.Equal(expected, HeaderText.Fit(text));

    [Fact]
    public void RequestIds_Next_AreUniqueAndFitForHeaders()
    {
        var (first, second) = (new RequestIds(1), new RequestIds(2));
        var made = new HashSet<string>();
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(made.Add(first.Next()));
            Assert.True(made.Add(second.Next()));
        }

        Assert.All(made, id => Assert.Matches("^[0-9a-z]{24}$", id));
    }
}
