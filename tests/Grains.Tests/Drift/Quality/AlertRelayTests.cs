using Grains.Drift.Quality;
using Serving.Drift;

namespace Grains.Tests.Drift.Quality;

/// <summary>Alerts reach the monitors of their versions once they are kept, and until they are taken.</summary>
public sealed class AlertRelayTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<string> told = [];
    private readonly List<string> givenUp = [];
    private readonly HashSet<string> away = [];
    private readonly AlertRelay relay;

    public AlertRelayTests() => relay = new AlertRelay(
        (version, _) =>
        {
            told.Add(version);
            return Task.FromResult(!away.Contains(version));
        },
        alert => givenUp.Add(alert.Id));

    [Fact]
    public async Task Alert_IsToldOnceItIsKept()
    {
        Add("1");
        await relay.RunAsync(Now);
        Assert.Empty(told);

        Keep();
        Add("1");
        await relay.RunAsync(Now);
        await relay.RunAsync(Now);
        Assert.Equal(["1"], told);
        Assert.False(relay.IsEmpty);
    }

    [Fact]
    public async Task Alert_ThatIsNotTaken_IsToldAgainAndHoldsNoOtherVersionUp()
    {
        away.Add("1");
        Add("1");
        Add("1");
        Add("2");
        Keep();
        await relay.RunAsync(Now);
        await relay.RunAsync(Now);
        Assert.Equal(["1", "2", "1"], told);

        away.Clear();
        await relay.RunAsync(Now);
        await relay.RunAsync(Now);
        Assert.True(relay.IsEmpty);
        Assert.Equal(["1", "2", "1", "1", "1"], told);
    }

    [Fact]
    public async Task Alert_WhoseVersionIsGone_IsGivenUp()
    {
        away.Add("1");
        Add("1");
        Keep();
        await relay.RunAsync(Now.AddDays(2));
        Assert.Empty(givenUp);
        await relay.RunAsync(Now.AddDays(3));
        Assert.Equal(["q1"], givenUp);
        Assert.True(relay.IsEmpty);
    }

    [Fact]
    public async Task Alert_OfAnEarlierLife_IsTold()
    {
        Add("1");
        relay.Restore(relay.Save());
        await relay.RunAsync(Now);
        Assert.Equal(["1"], told);
    }

    private void Add(string version) => relay.Add(
        version, new DriftAlert($"q{version}", "", AlertKind.Quality, AlertSeverity.Page, AlertState.Raised, Now, Now, 0.1, 0.2, 0.3, "it errs"));

    private void Keep() => relay.Saved(relay.Save());
}
