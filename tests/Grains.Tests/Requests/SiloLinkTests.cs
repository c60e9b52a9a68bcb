using System.Net;
using Grains.Routing;
using Orleans.Runtime;
using Serving.Tests.Fakes;

namespace Grains.Tests.Requests;

/// <summary>An ejected silo is out for one to two seconds, and comes back by the answer to a probe alone.</summary>
public sealed class SiloLinkTests
{
    private static readonly SiloAddress Address = SiloAddress.New(IPAddress.Loopback, 1, 1);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly SteppedTime clock = new();

    [Fact]
    public void SiloThatAnswersTheProbe_IsBackAfterOneToTwoSeconds()
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < 40; i++)
        {
            var (link, replica) = Ejected();
            times.Add(Out(link, () => Answer(replica, 0, Address)));
            Assert.Single(replica.Probes);
        }

        Assert.All(times, time => Assert.InRange(time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2) + Beat));

        // Gateways do not return together.
        Assert.True(times.Max() - times.Min() > TimeSpan.FromMilliseconds(300), string.Join(' ', times));
    }

    [Fact]
    public void SiloThatDoesNotAnswer_IsEjectedAnew_UntilItDoes()
    {
        var (link, replica) = Ejected();
        var before = clock.GetTimestamp();
        for (var probe = 1; probe <= 4; probe++)
        {
            while (replica.Probes.Count < probe) Step();
            Assert.True(link.IsEjected);
        }

        Assert.InRange(clock.GetElapsedTime(before), TimeSpan.FromSeconds(3.6), TimeSpan.FromSeconds(8));
        Assert.InRange(Out(link, () => Answer(replica, 4, Address)), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public void AnswerOfAnotherSilo_DoesNotCount()
    {
        var (link, replica) = Ejected();
        while (replica.Probes.Count == 0) Step();
        Answer(replica, 0, SiloAddress.New(IPAddress.Loopback, 2, 1));
        while (replica.Probes.Count == 1) Step();

        Assert.True(link.IsEjected);
    }

    [Fact]
    public void ProbeThatFails_IsNoAnswer()
    {
        var (link, replica) = Ejected();
        while (replica.Probes.Count == 0) Step();
        Here.Run(() => replica.Probes[0].SetException(new SiloUnavailableException()));
        while (replica.Probes.Count == 1) Step();

        Assert.True(link.IsEjected);
    }

    [Fact]
    public void FailuresMeanwhile_DoNotProlongIt()
    {
        var (link, replica) = Ejected();
        var (grain, other) = FakeReplica.Create();
        var took = Out(link, () =>
        {
            link.Eject(grain);
            Answer(replica, 0, Address);
        });

        Assert.InRange(took, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2) + Beat);
        Assert.Empty(other.Probes);
    }

    [Fact]
    public void SiloThatNoRouteLeadsTo_IsAskedNoFurther()
    {
        var (link, replica) = Ejected();
        link.Forget();
        Out(link, () => { });
        for (var i = 0; i < 500; i++) Step();

        Assert.Single(replica.Probes);
    }

    private (SiloLink Link, FakeReplica Replica) Ejected()
    {
        var (grain, replica) = FakeReplica.Create();
        var link = new SiloLink(Address, clock);
        link.Eject(grain);
        return (link, replica);
    }

    /// <summary>How long the silo is out from now on.</summary>
    private TimeSpan Out(SiloLink link, Action beat)
    {
        var began = clock.GetTimestamp();
        while (link.IsEjected)
        {
            Assert.True(clock.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
            beat();
            Step();
        }

        return clock.GetElapsedTime(began);
    }

    private static void Answer(FakeReplica replica, int probe, SiloAddress silo)
    {
        if (replica.Probes.Count > probe) Here.Run(() => replica.Probes[probe].TrySetResult(silo));
    }

    private void Step() => Here.Run(() => clock.Step(Beat));
}
