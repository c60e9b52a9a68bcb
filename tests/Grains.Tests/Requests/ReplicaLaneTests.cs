using System.Net;
using Grains.Inference;
using Grains.Requests;
using Grains.Routing;
using Orleans.Runtime;
using Serving.Inference;
using Serving.Tests.Fakes;

namespace Grains.Tests.Requests;

/// <summary>When requests for a replica travel together, and when each goes for itself.</summary>
public sealed class ReplicaLaneTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMicroseconds(20);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(20);

    private readonly SteppedTime clock = new();
    private readonly FakeReplica replica;
    private readonly ReplicaLink link;

    public ReplicaLaneTests()
    {
        (var grain, replica) = FakeReplica.Create();
        link = new ReplicaLink(grain, new SiloLink(SiloAddress.New(IPAddress.Loopback, 1, 1), clock), new ReplicaLane(grain, clock), Local: null);
    }

    [Fact]
    public void Unknown_GoesAloneAndCanBeCalledBack()
    {
        var (request, _) = Send("1");
        Send("2");

        Assert.Equal(["1", "2"], Travelled());
        Assert.False(replica.Calls[0].Token.IsCancellationRequested);
        request.End();
        Assert.True(replica.Calls[0].Token.IsCancellationRequested);
        Assert.False(replica.Calls[1].Token.IsCancellationRequested);
    }

    [Fact]
    public void Quick_GatherBehindACall()
    {
        Learn(Quick);
        Send("1");
        Assert.Equal(["1"], Travelled());

        var second = Send("2").Try;
        var third = Send("3").Try;
        Assert.Equal(["1"], Travelled());

        replica.Calls[^1].Answer(Quick);
        Assert.Equal(["1", "2+3"], Travelled());
        replica.Calls[^1].Answer(Quick);
        Assert.True(second.HasEnded && third.HasEnded);
    }

    [Fact]
    public void Quick_ManyAreNotHeldUp()
    {
        Learn(Quick);
        for (var i = 0; i < 40; i++) Send("x");

        Assert.Equal([1, 16, 16], replica.Calls.Skip(1).Select(c => c.Requests.Length));
    }

    [Fact]
    public void Slow_GoAlone()
    {
        Learn(Quick);
        replica.Calls.Clear();
        Send("1");
        replica.Calls[0].Answer(Slow);
        Send("2");
        Send("3");

        Assert.Equal(["1", "2", "3"], Travelled(skip: 0));
    }

    [Fact]
    public void Quick_OneHeldUpForAWhile_OthersStillGather()
    {
        Learn(Quick);
        Learn(TimeSpan.FromMilliseconds(5));
        replica.Calls.Clear();
        Send("1");
        Send("2");

        Assert.Single(replica.Calls);
    }

    [Fact]
    public void Slow_BecomesQuickAgain()
    {
        Learn(Slow);
        for (var i = 0; i < 100; i++)
        {
            Send("x");
            replica.Calls[^1].Answer(Quick);
        }

        replica.Calls.Clear();
        Send("1");
        Send("2");
        Assert.Single(replica.Calls);
    }

    [Fact]
    public void Large_GoAlone()
    {
        Learn(Quick);
        Send("1", bytes: 1 << 20);
        Send("2", bytes: 1 << 20);

        Assert.Equal(["1", "2"], Travelled());
    }

    [Fact]
    public void CallThatFails_EndsWhatItCarried_AndTheNextGoes()
    {
        Learn(Quick);
        var first = Send("1").Try;
        Send("2");
        replica.Calls[^1].Fail("gone");

        Assert.Equal("gone", first.Failure);
        Assert.Equal(["1", "2"], Travelled());
    }

    [Fact]
    public void CallThatIsLate_HoldsNobodyUp()
    {
        Learn(Quick);
        Send("1");
        Send("2");
        clock.Step(TimeSpan.FromMilliseconds(6));
        link.Lane.Look(clock.GetTimestamp());

        Assert.Equal(["1", "2"], Travelled());
        clock.Step(TimeSpan.FromMilliseconds(6));
        Send("3");
        Assert.Equal(["1", "2", "3"], Travelled());
    }

    [Fact]
    public void CallerGoneWhileGathering_IsNotSent()
    {
        Learn(Quick);
        Send("1");
        var (gone, _) = Send("2");
        Send("3");
        gone.End();
        replica.Calls[^1].Answer(Quick);

        Assert.Equal(["1", "3"], Travelled());
    }

    [Fact]
    public void Deadline_IsShorterByWhatItWaitedForCompany()
    {
        Learn(Quick);
        Send("1", timeout: TimeSpan.FromMilliseconds(50));
        clock.Step(TimeSpan.FromMilliseconds(1));
        Send("2", timeout: TimeSpan.FromMilliseconds(50));
        Send("3");
        Send("4", timeout: TimeSpan.FromMilliseconds(2));
        clock.Step(TimeSpan.FromMilliseconds(3));
        replica.Calls[^1].Answer(Quick);

        Assert.Equal(TimeSpan.FromMilliseconds(50), replica.Calls[^2].Requests[0].Timeout);
        Assert.Equal([TimeSpan.FromMilliseconds(47), null, TimeSpan.Zero], replica.Calls[^1].Requests.Select(r => r.Timeout));
    }

    private void Learn(TimeSpan took)
    {
        Send("0");
        replica.Calls[^1].Answer(took);
    }

    private string[] Travelled(int? skip = null) =>
        [.. replica.Calls.Select(c => string.Join('+', c.Requests.Select(r => r.Id))).SkipWhile((id, i) => skip is null && i == 0 && id == "0")];

    private (RemoteRequest Request, ReplicaTry Try) Send(string id, int bytes = 4, TimeSpan? timeout = null)
    {
        var given = new InferenceRequest { Model = "iris", Id = id, Inputs = [new Tensor("x", TensorType.UInt8, [bytes], new byte[bytes])] };
        var request = new RemoteRequest(given, new RouteDecision("1", null, RouteReason.Only, 0), draw: null, clock.GetTimestamp(), CancellationToken.None);
        var sent = new SentRequest { Model = "iris", Id = id, Inputs = request.Inputs, Timeout = timeout };
        var one = new ReplicaTry(request, link, sent, clock.GetTimestamp());
        request.Tries.Add(one);
        link.Lane.Send(one);
        return (request, one);
    }
}
