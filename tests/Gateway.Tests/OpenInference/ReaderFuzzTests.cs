using Gateway.Tests.OpenInference.Fuzz;

namespace Gateway.Tests.OpenInference;

public sealed class ReaderFuzzTests
{
    [Fact]
    public void Read_MutatedBodies_HoldsItsInvariants()
    {
        var count = FuzzCount.Or(200_000);
        var fuzz = new ReaderFuzz(seed: 20261101);
        Assert.Null(fuzz.Run(count));

        // A fuzz whose bodies are all refused, or all accepted, tests little.
        Assert.InRange(fuzz.Accepted, count / 10, count * 9 / 10);
    }

    [Fact]
    public void Read_CorpusBodies_AreAccepted()
    {
        foreach (var body in BodyCorpus.All)
        {
            if (body.HeaderLength == 0) continue;
            var outcome = Bodies.Read(body.Bytes, body.HeaderLength);
            Assert.True(outcome.IsSuccess, outcome.Error?.Message);
            outcome.Value.Dispose();
        }
    }
}
