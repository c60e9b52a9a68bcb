using Serving.Inference;
using Serving.Models;
using Serving.Models.Tuning;
using Serving.Sessions;
using Serving.Tests.Fakes;

namespace Serving.Tests.Models;

public sealed class TunerTests
{
    private static readonly ModelMetadata Metadata = new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", MaxBatchSize = 4,
        Inputs = [new TensorSignature("x", TensorType.UInt8, [-1, 1])], Outputs = [new TensorSignature("y", TensorType.UInt8, [-1, 1])],
    };

    [Fact]
    public async Task Run_ARunNeverEnds_EndsAndTakesAnotherSession()
    {
        var (clock, hanging, loads) = (new SteppedTime(), new GatedSession(), 0);
        using var threads = new SessionThreads(1);
        using var sessions = new SessionChoice(new SessionOptions(), _ => loads++ == 0 ? hanging : new GatedSession());

        var running = Task.Run(() => new Tuner(threads, clock).Run(sessions, static session => session, Metadata, new TuningGoal(TimeSpan.FromSeconds(1))));
        hanging.Begun.Take();
        while (!running.IsCompleted)
        {
            clock.Step(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Null(await running);
        Assert.NotSame(hanging, sessions.Take(1).Value);
        hanging.Open(100);
    }
}
