using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Metrics;
using Gateway.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Serving.Access.Quotas;

namespace Gateway.Tests.Access.Quotas;

public sealed class QuotaControlTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ManualClock clock = new();
    private readonly PartitionedRateLimiter<QuotaRequest> limiter;

    public QuotaControlTests() =>
        limiter = new QuotaControl(new FakeAccessStore(), new FakeEngine(), new GatewayInstruments(services.GetRequiredService<IMeterFactory>()), clock);

    public void Dispose()
    {
        limiter.Dispose();
        services.Dispose();
    }

    [Fact]
    public async Task Acquire_AsALimiterOfTheFramework_LetsInAndTellsWhyNot()
    {
        var request = Of(new QuotaLimits { RequestsPerSecond = 2, BurstSeconds = 1, Concurrent = 1 });
        using (var first = limiter.AttemptAcquire(request))
        {
            Assert.True(first.IsAcquired);
            Assert.Empty(first.MetadataNames);

            // There is a place again when the first has ended, and nobody knows when that is.
            using var second = await limiter.AcquireAsync(request);
            Assert.False(second.IsAcquired);
            Assert.False(second.TryGetMetadata(MetadataName.RetryAfter, out _));
        }

        using (var third = await limiter.AcquireAsync(request)) Assert.True(third.IsAcquired);
        using var fourth = limiter.AttemptAcquire(request);
        Assert.False(fourth.IsAcquired);
        Assert.True(fourth.TryGetMetadata(MetadataName.RetryAfter, out var wait));
        Assert.InRange(wait, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.501));
        Assert.True(fourth.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
        Assert.Contains("2 requests a second", reason, StringComparison.Ordinal);

        clock.Advance(wait);
        using var fifth = limiter.AttemptAcquire(request);
        Assert.True(fifth.IsAcquired);
    }

    [Fact]
    public void Acquire_WhereNothingLimits_IsAlwaysThere()
    {
        for (var i = 0; i < 1000; i++) Assert.True(limiter.AttemptAcquire(Of(null)).IsAcquired);
        Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire(Of(null), permitCount: 2));
    }

    [Fact]
    public async Task Limits_OfPlacesThatComeLater_CountWhoComesLater()
    {
        var principal = new Principal("key:a", []) { Limits = new QuotaLimits { RequestsPerSecond = 100 } };
        using var before = await limiter.AcquireAsync(new QuotaRequest(principal, "m", 0, null));
        var changed = new Principal("key:a", []) { Limits = new QuotaLimits { Concurrent = 1 } };
        var request = new QuotaRequest(changed, "m", 0, null);

        using (var first = await limiter.AcquireAsync(request))
        {
            Assert.True(first.IsAcquired);
            before.Dispose();
            Assert.False((await limiter.AcquireAsync(request)).IsAcquired);
        }

        Assert.True((await limiter.AcquireAsync(request)).IsAcquired);
    }

    private static QuotaRequest Of(QuotaLimits? limits) => new(new Principal("key:a", []) { Limits = limits }, "m", 0, null);
}
