using System.Security.Cryptography;
using Orleans.Concurrency;
using Orleans.Runtime;
using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>
/// Drives the <see cref="QuotaBook"/>. What the limits are it knows as every silo does. A life that follows another begins with nothing to
/// give; the first one of a cluster, where no silo knows of another, with everything.
/// </summary>
[Reentrant, KeepAlive]
internal sealed class QuotaGrain(AccessFeed access, IClusterMembershipService membership, TimeProvider clock) : Grain, IQuotaGrain
{
    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(10);

    private readonly long life = RandomNumberGenerator.GetInt32(1, int.MaxValue);
    private readonly QuotaBook book = new(Seconds(clock), (long)RandomNumberGenerator.GetInt32(1, 1 << 30) << 32);
    private readonly Dictionary<string, QuotaLimits> keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuotaLimits> models = new(StringComparer.Ordinal);
    private readonly HashSet<SiloAddress> newcomers = [];
    private IReadOnlyList<ApiKey>? keySource;
    private IReadOnlyList<ModelLimits>? modelSource;
    private bool isDecided;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(Trim, new GrainTimerCreationOptions(TrimEvery, TrimEvery));
        return Task.CompletedTask;
    }

    public Task<SentLeases> Lease(SiloAddress silo, long theirLife, SentAsk[] asks)
    {
        Decide(silo, theirLife);
        var now = Seconds(clock);
        var (amounts, leases, holder) = (new double[asks.Length], new long[asks.Length], silo.ToParsableString());
        for (var i = 0; i < asks.Length; i++)
        {
            var grant = book.Lend(holder, asks[i].ToAsk(), LimitsOf(asks[i].Quota), now);
            (amounts[i], leases[i]) = (grant.Amount, grant.Lease);
        }

        return Task.FromResult(new SentLeases { Life = life, Amounts = amounts, Leases = leases });
    }

    private static double Seconds(TimeProvider clock) => clock.GetTimestamp() / (double)clock.TimestampFrequency;

    /// <summary>Whether another life was before: as soon as one silo knows of it, or all say that they do not.</summary>
    private void Decide(SiloAddress silo, long theirLife)
    {
        if (isDecided || theirLife == life) return;
        newcomers.Add(silo);
        var all = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).All(m => newcomers.Contains(m.SiloAddress));
        if (theirLife == 0 && all) book.Fill();
        isDecided = theirLife != 0 || all;
    }

    private QuotaLimits? LimitsOf(string quota)
    {
        if (!access.Known.IsCompletedSuccessfully) return null;
        if (!ReferenceEquals(keySource, access.Keys))
        {
            keySource = access.Keys;
            keys.Clear();
            foreach (var key in keySource)
            {
                if (key.Limits is { } limits) keys[key.Id] = limits;
            }
        }

        if (!ReferenceEquals(modelSource, access.Limits))
        {
            modelSource = access.Limits;
            models.Clear();
            foreach (var row in modelSource) models[row.Model] = row.Limits;
        }

        return quota.StartsWith("key:", StringComparison.Ordinal) ? keys.GetValueOrDefault(quota["key:".Length..]) : models.GetValueOrDefault(quota["model:".Length..]);
    }

    private Task Trim(CancellationToken cancellationToken)
    {
        book.Trim(Seconds(clock));
        return Task.CompletedTask;
    }
}
