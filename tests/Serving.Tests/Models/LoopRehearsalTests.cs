using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;

namespace Serving.Tests.Models;

public sealed class LoopRehearsalTests
{
    private static readonly OnnxRuntime Runtime = OnnxRuntime.Load(null, NullLogger.Instance);

    [Fact]
    public async Task Run_AllIsAnswered()
    {
        using var threads = new SessionThreads(2);
        var rehearsal = new LoopRehearsal(Runtime, threads, TimeProvider.System, NullLogger.Instance);

        await rehearsal.RunAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(4 * 2 + 4, rehearsal.Answered);
        Assert.Equal(0, threads.Waiting);
    }

    [Fact]
    public void Model_LoadsFromMemory_AndRuns()
    {
        using var session = OnnxSession.Load(Runtime, RehearsalModel.Bytes, new SessionOptions()).Value;
        using var lease = new TensorLease(TensorPool.Shared);
        var input = new Tensor("x", TensorType.Fp32, [1, 4], new byte[16]);

        var output = Assert.Single(session.Run([input], [0], lease).Value);

        Assert.Equal(("y", 4), (output.Name, (int)output.ElementCount));
    }

    [Fact]
    public void Load_BytesThatAreNoModel_SaysWhy() =>
        Assert.Equal(ErrorCode.ModelNotReady, OnnxSession.Load(Runtime, "no model"u8, new SessionOptions()).Error!.Code);
}
