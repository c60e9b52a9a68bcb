using System.Net;
using Grains.Inference;
using Grains.Requests;
using Grains.Routing;
using Orleans.Runtime;
using Serving.Inference;
using Serving.Tests.Fakes;

namespace Grains.Tests.Requests;

/// <summary>Of two replicas the one is chosen that will be done first; those on ejected silos come last, and none twice.</summary>
public sealed class ReplicaChoiceTests
{
    private readonly SteppedTime clock = new();
    private readonly ReplicaLink[] links;
    private readonly FakeReplica[] replicas;

    public ReplicaChoiceTests()
    {
        var both = Enumerable.Range(1, 2).Select(_ => FakeReplica.Create()).ToArray();
        replicas = [.. both.Select(one => one.Fake)];
        links = [.. both.Select((one, i) => new ReplicaLink(
            one.Grain, new SiloLink(SiloAddress.New(IPAddress.Loopback, i + 1, 1), clock), new ReplicaLane(one.Grain, clock), Local: null))];
    }

    [Fact]
    public void Unknown_TheOneWithLessToDo()
    {
        links[0].Silo.Sent();
        Assert.All(Draws(), link => Assert.Same(links[1], link));
        links[1].Silo.Heard(3);
        Assert.All(Draws(), link => Assert.Same(links[0], link));
    }

    [Fact]
    public void Alike_TakeTurns()
    {
        Run(0, 1);
        Run(1, 1);
        Assert.Equal(2, Draws().Distinct().Count());
    }

    [Fact]
    public void SlowMachine_GetsAShareByItsSpeed()
    {
        Run(0, 4);
        Run(1, 1);
        var counts = new int[2];
        for (ulong draw = 0; draw < 50; draw++)
        {
            var chosen = ReplicaChoice.Next(links, [], draw)!;
            chosen.Silo.Sent();
            counts[Array.IndexOf(links, chosen)]++;
        }

        Assert.Equal([10, 40], counts);
    }

    [Fact]
    public void EjectedAndTried_ComeLast()
    {
        links[1].Silo.Sent();
        links[0].Silo.Eject(links[0].Grain);
        Assert.All(Draws(), link => Assert.Same(links[1], link));

        List<ReplicaTry> tried = [Try(1)];
        Assert.Same(links[0], ReplicaChoice.Next(links, tried, 0));
        tried.Add(Try(0));
        Assert.Null(ReplicaChoice.Next(links, tried, 0));
    }

    [Fact]
    public void AllEjected_TheLeastRecentlyEjectedFirst()
    {
        links[1].Silo.Eject(links[1].Grain);
        clock.Step(TimeSpan.FromMilliseconds(100));
        links[0].Silo.Eject(links[0].Grain);

        Assert.All(Draws(), link => Assert.Same(links[1], link));
        Assert.Same(links[0], ReplicaChoice.Next(links, [Try(1)], 0));
    }

    [Fact]
    public void AllEjected_TheOneThatLeftNoProbeUnanswered()
    {
        Here.Run(() => links[0].Silo.Eject(links[0].Grain));
        for (var i = 0; i < 300; i++) Here.Run(() => clock.Step(TimeSpan.FromMilliseconds(10)));
        Assert.NotEmpty(replicas[0].Probes);
        links[1].Silo.Eject(links[1].Grain);

        Assert.All(Draws(), link => Assert.Same(links[1], link));
    }

    private IEnumerable<ReplicaLink> Draws() => Enumerable.Range(0, 8).Select(i => ReplicaChoice.Next(links, [], (ulong)i)!);

    /// <summary>A run there that took so long.</summary>
    private void Run(int replica, int milliseconds)
    {
        links[replica].Lane.Send(Try(replica));
        replicas[replica].Calls[^1].Answer(TimeSpan.FromMilliseconds(milliseconds));
    }

    private ReplicaTry Try(int replica)
    {
        var given = new InferenceRequest { Model = "a", Id = "", Inputs = [] };
        var request = new RemoteRequest(given, new RouteDecision("1", null, RouteReason.Only, 0), draw: null, clock.GetTimestamp(), CancellationToken.None);
        return new ReplicaTry(request, links[replica], new SentRequest { Model = "a", Id = "", Inputs = request.Inputs }, clock.GetTimestamp());
    }
}
