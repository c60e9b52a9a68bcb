using System.Collections.Concurrent;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;

namespace Serving.Tests.Fakes;

/// <summary>A session whose runs take what a test says, on a clock that they move; it remembers who ran what, and how many at once.</summary>
internal sealed class TimedSession(SteppedTime time) : IModelSession
{
    private int running;
    private int most;

    /// <summary>What a run takes.</summary>
    public TimeSpan Cost { get; set; }

    /// <summary>What a run waits for, when it is set: a run that hangs.</summary>
    public ManualResetEventSlim? Gate { get; set; }

    /// <summary>What ran, in that order: the first value of the input, and the thread.</summary>
    public BlockingCollection<(byte Value, int Thread)> Runs { get; } = new();

    /// <summary>Runs at once, at the most.</summary>
    public int MostAtOnce => Volatile.Read(ref most);

    public SessionSignature Signature { get; } = new(
        [new TensorSignature("x", TensorType.UInt8, [-1, 1])], [new TensorSignature("y", TensorType.UInt8, [-1, 1])], true);

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        var now = Interlocked.Increment(ref running);
        for (var seen = MostAtOnce; now > seen; seen = MostAtOnce) Interlocked.CompareExchange(ref most, now, seen);
        var gate = Gate;
        Runs.Add((inputs[0].Data.Span[0], Environment.CurrentManagedThreadId));
        gate?.Wait();
        time.Step(Cost);
        Interlocked.Decrement(ref running);
        return new[] { new Tensor("y", TensorType.UInt8, inputs[0].Shape, inputs[0].Data.ToArray()) };
    }

    public void Terminate()
    {
    }

    public void Dispose()
    {
    }
}
