using Microsoft.Extensions.Logging.Abstractions;
using Serving.Batching;
using Serving.Drift.Observing;
using Serving.Inference;
using Serving.Models;
using Serving.Routing.Shadows;
using Serving.Sessions;
using Serving.Telemetry;
using Serving.Tests.Fakes;

namespace Serving.Tests.Routing.Shadows;

public sealed class ShadowThreadTests : IDisposable
{
    private readonly GatedSession session = new();
    private readonly SessionThreads threads = new(1);
    private readonly ServingInstruments instruments = new(null);
    private readonly ShadowThread thread;

    public ShadowThreadTests() => thread = new ShadowThread(threads, TimeProvider.System);

    public void Dispose()
    {
        thread.Dispose();
        threads.Dispose();
        instruments.Dispose();
    }

    [Fact]
    public void Offer_VersionIsUnloadedWhileItsCopyWaits_CountsItAsDropped()
    {
        var comparison = new ShadowComparison("2", since: 1);
        using var version = Serve();
        Tensor[] inputs = [new("x", TensorType.UInt8, [1, 1], new byte[] { 1 })];
        var answer = new InferenceResponse
        {
            Model = "m", Version = "1", Id = "", Outputs = [new("y", TensorType.UInt8, [1, 1], new byte[] { 1 })], Route = default!,
        };
        thread.Offer(version, comparison, inputs, answer);
        session.Begun.Take();
        thread.Offer(version, comparison, inputs, answer);
        version.Dispose();
        session.Open();

        Assert.True(SpinWait.SpinUntil(() => Read() is { Dropped: 1 }, TimeSpan.FromSeconds(30)));
        Assert.Equal((1L, 1L, 0L), (Read().Sent, Read().Compared, Read().Failed));

        ShadowReport Read()
        {
            lock (comparison) return comparison.Report(100);
        }
    }

    private ServedVersion Serve()
    {
        var metadata = new ModelMetadata
        {
            Name = "m", Version = "2", Versions = ["2"], Platform = "", MaxBatchSize = 0, Inputs = session.Signature.Inputs, Outputs = session.Signature.Outputs,
        };
        return new ServedVersion(
            2, metadata, default, new BatchLoop(session, new BatchingOptions(), threads, instruments.For("m", "2"), TimeProvider.System, NullLogger.Instance))
        {
            Replicas = new ReplicaConfig(), Drift = DriftSetup.Read(null, null, metadata, "").Value,
        };
    }
}
