using System.Net;
using Gateway.Access;

namespace Gateway.Tests.Access;

public sealed class FailureLimiterTests
{
    private static readonly IPAddress Home = IPAddress.Parse("10.0.0.1");

    private readonly FailureLimiter limiter = new(perMinute: 6, seed: 1);

    [Fact]
    public void Count_OverTheLimit_TellsHowLongToWait()
    {
        for (var i = 0; i < 6; i++) Assert.Null(limiter.Count(Home, now: 0));

        Assert.Equal(TimeSpan.FromSeconds(10), limiter.Count(Home, now: 0));
        Assert.Equal(TimeSpan.FromSeconds(5), limiter.Count(Home, now: 5));
        Assert.Null(limiter.Count(Home, now: 10));
        Assert.NotNull(limiter.Count(Home, now: 10));
    }

    [Fact]
    public void Count_AfterRest_NeverGivesMoreThanAMinutesWorth()
    {
        for (var i = 0; i < 6; i++) Assert.Null(limiter.Count(Home, now: 1e6));

        Assert.NotNull(limiter.Count(Home, now: 1e6));
    }

    [Fact]
    public void Count_OtherAddresses_AreTheirOwn()
    {
        for (var i = 0; i < 7; i++) limiter.Count(Home, now: 0);

        Assert.Null(limiter.Count(IPAddress.Parse("10.0.0.2"), now: 0));
        Assert.Null(limiter.Count(null, now: 0));
        Assert.NotNull(limiter.Count(IPAddress.Parse("::ffff:10.0.0.1"), now: 0));
    }

    [Fact]
    public void Count_OneNetworkOfIPv6_IsOneAddress()
    {
        for (var i = 0; i < 6; i++) limiter.Count(IPAddress.Parse($"2001:db8:1:2::{i + 1}"), now: 0);

        Assert.NotNull(limiter.Count(IPAddress.Parse("2001:db8:1:2:ffff::"), now: 0));
        Assert.Null(limiter.Count(IPAddress.Parse("2001:db8:1:3::1"), now: 0));
    }
}
