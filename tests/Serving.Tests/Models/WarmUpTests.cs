using Serving.Inference;
using Serving.Models;
using Serving.Tests.Fakes;

namespace Serving.Tests.Models;

/// <summary>Whether a version is taken for quick before its first request.</summary>
public sealed class WarmUpTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Quick = TimeSpan.FromMicroseconds(10);

    private readonly SteppedTime time = new();
    private readonly TimedSession session;

    public WarmUpTests() => session = new TimedSession(time) { Cost = Quick };

    [Fact]
    public void IsQuick_ShortRun_IsBelievedAtOnce()
    {
        Assert.True(Ask(rows: 8, [-1, 1]));

        Assert.Single(session.Runs);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(251, 1)]
    public void IsQuick_LongRuns_EndsAfterAFew(int limits, int runs)
    {
        session.Cost = limits * Limit;

        Assert.False(Ask(rows: 8, [-1, 1]));

        Assert.Equal(runs, session.Runs.Count);
    }

    [Fact]
    public void IsQuick_LastRunTookLong_RunsNothing()
    {
        Assert.False(Ask(rows: 8, [-1, 1], TimeSpan.FromMilliseconds(51)));

        Assert.Empty(session.Runs);
    }

    [Theory]
    [InlineData(8, new long[] { -1, -1 })]
    [InlineData(0, new long[] { -1, 1 })]
    public void IsQuick_InputOfAnyLength_ZerosTellNothing(int rows, long[] shape)
    {
        Assert.False(Ask(rows, shape));

        Assert.Empty(session.Runs);
    }

    [Fact]
    public void IsQuick_Texts_ZerosCannotBeMade()
    {
        Assert.False(Ask(rows: 8, [-1, 1], type: TensorType.Bytes));

        Assert.Empty(session.Runs);
    }

    private bool Ask(int rows, long[] shape, TimeSpan last = default, TensorType type = TensorType.UInt8)
    {
        var metadata = new ModelMetadata
        {
            Name = "m", Version = "1", Versions = ["1"], Platform = "", MaxBatchSize = rows,
            Inputs = [new TensorSignature("x", type, shape)], Outputs = session.Signature.Outputs,
        };
        return WarmUp.IsQuick(session, metadata, last, Limit, time);
    }
}
