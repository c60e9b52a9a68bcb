using System.Net;
using Grains.Inference;
using Grains.Requests;
using Grains.Routing;
using Orleans.Runtime;
using Serving.Inference;
using Serving.Tests.Fakes;

namespace Grains.Tests.Requests;

/// <summary>Slow or silent: a request whose silo does not answer is woken, one whose silo lives is not.</summary>
public sealed class RequestWatchTests
{
    private static readonly SiloAddress Address = SiloAddress.New(IPAddress.Loopback, 1, 1);

    private readonly SteppedTime clock = new();
    private readonly RequestWatch watch;
    private readonly FakeReplica replica;
    private readonly ReplicaLink link;

    public RequestWatchTests()
    {
        watch = new RequestWatch(clock);
        (var grain, replica) = FakeReplica.Create();
        link = new ReplicaLink(grain, new SiloLink(Address, clock), new ReplicaLane(grain, clock), Local: null);
    }

    [Fact]
    public void SilentSilo_IsAskedAndThenEjected()
    {
        var (_, woken) = Begin();
        Pass(180);
        Assert.Empty(replica.Probes);
        Pass(40);
        Assert.Single(replica.Probes);
        Pass(160);
        Assert.False(link.Silo.IsEjected || woken.IsCompleted);
        Pass(60);
        Assert.True(link.Silo.IsEjected);
        Assert.True(woken.IsCompleted);
    }

    [Fact]
    public void SiloThatAnswersWhenAsked_IsLeftInPeace()
    {
        var (_, woken) = Begin();
        for (var i = 0; i < 10; i++)
        {
            Pass(220);
            Assert.Equal(i + 1, replica.Probes.Count);
            var probe = replica.Probes[i];
            Here.Run(() => probe.SetResult(Address));
        }

        Assert.False(link.Silo.IsEjected || woken.IsCompleted);
    }

    [Fact]
    public void SiloThatAnswersOthers_IsNotAsked()
    {
        Begin();
        for (var i = 0; i < 20; i++)
        {
            Pass(100);
            link.Silo.Heard(0);
        }

        Assert.Empty(replica.Probes);
    }

    [Fact]
    public void RequestAtItsTime_IsWoken()
    {
        var (request, woken) = Begin();
        request.WakeAt = clock.GetTimestamp() + TimeSpan.TicksPerMillisecond * 50;
        Pass(40);
        Assert.False(woken.IsCompleted);
        Pass(20);
        Assert.True(woken.IsCompleted);
    }

    [Fact]
    public void RequestThatEnded_IsLeftAlone()
    {
        var (first, _) = Begin();
        var (second, woken) = Begin();
        var (third, _) = Begin();
        watch.Remove(second);
        Pass(500);
        Assert.False(woken.IsCompleted);
        watch.Remove(third);
        watch.Remove(first);
        Pass(100);
        var (_, again) = Begin();
        Pass(500);
        Assert.True(again.IsCompleted);
    }

    private (RemoteRequest Request, ValueTask Woken) Begin()
    {
        var given = new InferenceRequest { Model = "iris", Id = "1", Inputs = [new Tensor("x", TensorType.UInt8, [1], new byte[1])] };
        var request = new RemoteRequest(given, new RouteDecision("1", null, RouteReason.Only, 0), draw: null, clock.GetTimestamp(), CancellationToken.None)
        {
            WakeAt = long.MaxValue,
        };
        var one = new ReplicaTry(request, link, new SentRequest { Model = "iris", Id = "1", Inputs = request.Inputs }, clock.GetTimestamp());
        request.Tries.Add(one);
        request.Newest = one;
        link.Lane.Send(one);
        watch.Add(request);
        return (request, request.WokenAsync());
    }

    private void Pass(int milliseconds)
    {
        for (var i = 0; i < milliseconds / 20; i++) clock.Step(TimeSpan.FromMilliseconds(20));
    }
}
