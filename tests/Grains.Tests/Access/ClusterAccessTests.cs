using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Tests.Access;

/// <summary>Keys, limits and the audit log of a cluster, when silos and storage come and go.</summary>
public sealed class ClusterAccessTests
{
    private static readonly Actor Boss = new("key:boss", "10.0.0.1");
    private static readonly KeySpec Spec = new("test", [new AccessGrant(AccessScope.Infer, "a*")], ExpiresAt: null, new QuotaLimits { RequestsPerSecond = 5 });

    [Fact]
    public async Task Changes_AtOneSilo_AreInForceAtAllWhenTheyAreAnswered()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository, count: 3);
        var stores = Stores(silos);

        var issued = (await stores[0].CreateAsync(Spec, Boss, default)).Value;
        Assert.All(stores, store => Assert.True(Opens(store, issued.Token)));
        Assert.All(stores, store => Assert.Equal(5, Assert.Single(store.Keys).Limits!.RequestsPerSecond));

        var rotated = (await stores[1].RotateAsync(issued.Key.Id, TimeSpan.Zero, Boss, default)).Value;
        Assert.All(stores, store => Assert.Equal((false, true), (Opens(store, issued.Token), Opens(store, rotated.Token))));

        Assert.Null((await stores[2].LimitModelAsync("a", new QuotaLimits { Concurrent = 3 }, Boss, default)).Error);
        Assert.All(stores, store => Assert.Equal(3, Assert.Single(store.ModelLimits).Limits.Concurrent));

        Assert.NotNull((await stores[2].RevokeAsync(issued.Key.Id, Boss, default)).Value.RevokedAt);
        Assert.All(stores, store => Assert.False(Opens(store, rotated.Token)));
        Assert.Equal(ErrorCode.NotFound, (await stores[0].RevokeAsync("nobody", Boss, default)).Error!.Code);
        Assert.Equal(ErrorCode.Conflict, (await stores[0].RotateAsync(issued.Key.Id, TimeSpan.Zero, Boss, default)).Error!.Code);
    }

    [Fact]
    public async Task Revoked_EverySiloGone_StaysRevoked_AndOnlyHashesWereKept()
    {
        using var repository = Repository();
        var storage = new TestStorage();
        IssuedKey kept, revoked;
        await using (var silos = await TestSilos.StartAsync(repository, storage: storage))
        {
            kept = (await Stores(silos)[0].CreateAsync(Spec, Boss, default)).Value;
            revoked = (await Stores(silos)[1].CreateAsync(Spec with { Name = "other" }, Boss, default)).Value;
            await Stores(silos)[0].RevokeAsync(revoked.Key.Id, Boss, default);
        }

        Assert.DoesNotContain(kept.Token[^KeyToken.SecretLength..], storage.Text());
        Assert.Contains(kept.Key.Id, storage.Text());

        // Keys are known before anything is served: nobody waits for them here.
        await using var again = await TestSilos.StartAsync(repository, storage: storage);
        Assert.All(Stores(again), store => Assert.Equal((true, false), (Opens(store, kept.Token), Opens(store, revoked.Token))));
        var actions = (await Stores(again)[1].ReadAuditAsync(0, default)).Value.Select(entry => entry.Note.Action);
        Assert.Equal(["key_create", "key_create", "key_revoke"], actions);
    }

    [Fact]
    public async Task Storage_Down_ChangesAreRefusedAndKnownKeysGoOn()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository);
        var stores = Stores(silos);
        var issued = (await stores[0].CreateAsync(Spec, Boss, default)).Value;
        silos.Storage.IsDown = true;

        foreach (var refused in new[]
        {
            (await stores[0].CreateAsync(Spec, Boss, default)).Error, (await stores[1].RevokeAsync(issued.Key.Id, Boss, default)).Error,
            (await stores[0].RecordAsync(new AuditNote(Boss, "traffic_change", "a", default, default), default)).Error,
        })
        {
            Assert.Equal(ErrorCode.ModelNotReady, refused!.Code);
            Assert.NotNull(refused.RetryAfter);
        }

        Assert.All(stores, store => Assert.True(Opens(store, issued.Token)));
        silos.Storage.IsDown = false;
        await silos.UntilAsync(async () => (await stores[1].RevokeAsync(issued.Key.Id, Boss, default)).IsSuccess);
        Assert.All(stores, store => Assert.False(Opens(store, issued.Token)));
        Assert.All(stores, store => Assert.Single(store.Keys));
    }

    [Fact]
    public async Task Owner_Dies_KeysStayAndChangesGoOn()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository, count: 3);
        var first = (await Stores(silos)[0].CreateAsync(Spec, Boss, default)).Value;
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);

        Assert.All(Stores(silos), store => Assert.True(Opens(store, first.Token)));
        await silos.UntilAsync(async () => (await Stores(silos)[0].RevokeAsync(first.Key.Id, Boss, default)).IsSuccess);
        Assert.All(Stores(silos), store => Assert.False(Opens(store, first.Token)));
    }

    [Fact]
    public async Task Audit_OfManyPages_IsReadInOrderFromAnyNumberOn()
    {
        const int count = 100;
        using var repository = Repository();
        var storage = new TestStorage();
        await using (var silos = await TestSilos.StartAsync(repository, storage: storage))
        {
            for (var i = 1; i <= count; i++)
            {
                var note = new AuditNote(Boss, "traffic_change", $"model-{i}", "{\"epoch\":1}"u8.ToArray(), Encoding.UTF8.GetBytes($"{{\"epoch\":{i}}}"));
                Assert.Null((await Stores(silos)[i % 2].RecordAsync(note, default)).Error);
            }
        }

        await using var again = await TestSilos.StartAsync(repository, storage: storage);
        var all = (await Stores(again)[0].ReadAuditAsync(0, default)).Value;
        Assert.Equal(Enumerable.Range(1, count).Select(i => ((long)i, $"model-{i}")), all.Select(entry => (entry.Sequence, entry.Note.Target)));
        Assert.Equal("""{"epoch":40}""", Encoding.UTF8.GetString(all[39].Note.After.Span));
        Assert.Equal(Boss, all[99].Note.Actor);
        foreach (var after in new[] { 31L, 32, 33, 63, 95, 96, 97, 100, 1000 })
            Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i).Where(i => i > after), (await Stores(again)[1].ReadAuditAsync(after, default)).Value.Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task Lender_OverTwoSilos_DividesOneQuota()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository);
        await Stores(silos)[0].LimitModelAsync("a", new QuotaLimits { RequestsPerSecond = 1e-3, BurstSeconds = 1e5, Concurrent = 4 }, Boss, default);
        var lenders = silos.Cluster.Silos.Select(s => s.ServiceProvider.GetRequiredService<IQuotaLender>()).ToArray();
        Assert.All(lenders, lender => Assert.Equal(2, lender.Sharers));

        // Both have asked for nothing by now, so that the book knows that no other was before it.
        await silos.UntilAsync(async () => (await LendAsync(lenders[0], new QuotaAsk("model:a", QuotaKind.Requests, 60))).Amount > 50);
        Assert.InRange((await LendAsync(lenders[1], new QuotaAsk("model:a", QuotaKind.Requests, 60))).Amount, 1, 25);
        Assert.Equal(3, (await LendAsync(lenders[0], new QuotaAsk("model:a", QuotaKind.Concurrent, 3))).Amount);
        Assert.Equal(1, (await LendAsync(lenders[1], new QuotaAsk("model:a", QuotaKind.Concurrent, 3))).Amount);
        Assert.Equal(0, (await LendAsync(lenders[0], new QuotaAsk("model:b", QuotaKind.Requests, 1))).Amount);
    }

    /// <summary>A lender that got no answer in its time, on a busy machine, asks again.</summary>
    private static async Task<QuotaGrant> LendAsync(IQuotaLender lender, QuotaAsk ask)
    {
        for (var tries = 0; ; tries++)
        {
            if (await lender.LeaseAsync([ask]) is { } grants) return grants[0];
            Assert.InRange(tries, 0, 20);
        }
    }

    private static IAccessStore[] Stores(TestSilos silos) => [.. silos.Cluster.Silos.Select(s => s.ServiceProvider.GetRequiredService<IAccessStore>())];

    private static bool Opens(IAccessStore store, string token) =>
        KeyToken.TryRead(token, out var id, out var secret) && store.Keys.FirstOrDefault(Named(id.ToString())) is { RevokedAt: null } key
        && KeyToken.Opens(secret, key.Secrets[^1]);

    private static Func<ApiKey, bool> Named(string id) => key => key.Id == id;

    private static TestRepository Repository()
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        return repository;
    }
}
