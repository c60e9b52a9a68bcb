using Serving.Models;

namespace Serving.Tests.Models;

public sealed class ModelLifecycleTests
{
    private readonly ModelLifecycle lifecycle = new();

    [Fact]
    public void Next_NewModel_LoadsWhatThePolicyNames()
    {
        Observe(Latest(1), (1, "a"), (2, "b"));

        var step = lifecycle.Next();

        Assert.True(step is { Load: true, Slot: { Version: 2, Fingerprint: "b" } });
        Assert.Null(lifecycle.Next());
        Assert.False(lifecycle.IsSettled);
    }

    [Fact]
    public void Next_NewVersionArrives_OldOneIsRetiredOnlyWhenTheNewOneIsReady()
    {
        var first = Serve((1, "a"));
        Observe(Latest(1), (1, "a"), (2, "b"));

        var load = lifecycle.Next()!.Value;
        Assert.Equal(2, load.Slot.Version);
        Assert.Null(lifecycle.Next());

        lifecycle.Loaded(load.Slot);
        var retire = lifecycle.Next()!.Value;
        Assert.False(retire.Load);
        Assert.Same(first, retire.Slot);
        lifecycle.Dropped(first);
        Assert.True(lifecycle.IsSettled);
    }

    [Fact]
    public void Next_NewVersionIsBroken_OldOneServesOnAndTheReasonIsShown()
    {
        Serve((1, "a"));
        Observe(Latest(1), (1, "a"), (2, "broken"));
        lifecycle.Failed(lifecycle.Next()!.Value.Slot, "bad file");

        Assert.Null(lifecycle.Next());
        Assert.True(lifecycle.IsSettled);
        Assert.Collection(lifecycle.Index("m"),
            one => Assert.Equal(("1", ModelState.Ready, null), (one.Version, one.State, one.Reason)),
            two => Assert.Equal(("2", ModelState.Unavailable, "bad file"), (two.Version, two.State, two.Reason)));
    }

    [Fact]
    public void Next_BrokenAtStart_FallsBackToTheNextVersionThePolicyNames()
    {
        Observe(Latest(1), (1, "a"), (2, "broken"));
        lifecycle.Failed(lifecycle.Next()!.Value.Slot, "bad file");

        Assert.Equal(1, lifecycle.Next()!.Value.Slot.Version);
    }

    [Fact]
    public void Next_BrokenFileChanges_IsTriedAgain()
    {
        Observe(Latest(1), (1, "broken"));
        lifecycle.Failed(lifecycle.Next()!.Value.Slot, "bad file");
        Assert.Null(lifecycle.Next());

        Observe(Latest(1), (1, "mended"));

        Assert.Equal("mended", lifecycle.Next()!.Value.Slot.Fingerprint);
    }

    [Fact]
    public void Next_FileOfAServedVersionIsOverwrittenByABrokenOne_TheLoadedCopyStays()
    {
        Serve((2, "good"));
        Observe(Latest(1), (1, "a"), (2, "broken"));
        lifecycle.Failed(lifecycle.Next()!.Value.Slot, "bad file");

        Assert.Null(lifecycle.Next());
        Assert.Equal("good", Assert.Single(lifecycle.Slots).Fingerprint);
    }

    [Fact]
    public void Next_FileOfAServedVersionChanges_LoadsBesideAndThenRetiresTheOldCopy()
    {
        var old = Serve((1, "a"));
        Observe(Latest(1), (1, "b"));
        var load = lifecycle.Next()!.Value;
        Assert.Equal(SlotState.Ready, old.State);
        lifecycle.Loaded(load.Slot);

        Assert.Same(old, lifecycle.Next()!.Value.Slot);
    }

    [Fact]
    public void Next_ModelRemoved_RetiresAllAndIsGone()
    {
        var slot = Serve((1, "a"));
        Observe(Latest(1));

        Assert.False(lifecycle.Next()!.Value.Load);
        lifecycle.Dropped(slot);
        Assert.True(lifecycle.IsGone);
    }

    [Fact]
    public void Next_RandomEvents_NeverStopsAModelThatAnswers()
    {
        var random = new Random(7);
        for (var run = 0; run < 300; run++)
        {
            var machine = new ModelLifecycle();
            var pending = new List<LifecycleStep>();
            var served = false;
            for (var i = 0; i < 60; i++)
            {
                if (random.Next(3) == 0)
                {
                    var versions = Enumerable.Range(1, 4).Where(_ => random.Next(4) > 0)
                        .Select(v => new AvailableVersion(v, random.Next(3).ToString())).ToArray();
                    // At least one version is always on disk: only then may nothing stop serving.
                    machine.Observe(versions.Length == 0 ? [new AvailableVersion(1, "0")] : versions, Latest(random.Next(1, 3)));
                }

                while (machine.Next() is { } step) pending.Add(step);
                if (pending.Count == 0) continue;
                var at = random.Next(pending.Count);
                var done = pending[at];
                pending.RemoveAt(at);
                if (!done.Load) machine.Dropped(done.Slot);
                else if (random.Next(2) == 0) machine.Loaded(done.Slot);
                else machine.Failed(done.Slot, "broken");
                var ready = machine.Slots.Any(s => s.State == SlotState.Ready);
                Assert.True(ready || !served, $"run {run}, step {i}: a model that answered stopped");
                served |= ready;
            }
        }
    }

    private static Func<IEnumerable<long>, IReadOnlyList<long>> Latest(int count) =>
        versions => versions.OrderDescending().Take(count).Order().ToArray();

    private void Observe(Func<IEnumerable<long>, IReadOnlyList<long>> policy, params (long Version, string Fingerprint)[] versions) =>
        lifecycle.Observe([.. versions.Select(v => new AvailableVersion(v.Version, v.Fingerprint))], policy);

    private VersionSlot Serve((long, string) version)
    {
        Observe(Latest(1), version);
        var slot = lifecycle.Next()!.Value.Slot;
        lifecycle.Loaded(slot);
        return slot;
    }
}
