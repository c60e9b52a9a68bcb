using Serving;
using Serving.Inference;
using Serving.Sessions;

namespace Gateway.Tests.EndToEnd;

/// <summary>A session whose runs end, once it is held, when the test lets them.</summary>
internal sealed class SteppedSession(IModelSession session) : IModelSession
{
    private readonly SemaphoreSlim begun = new(0);
    private readonly SemaphoreSlim ends = new(0);
    private volatile bool isHeld;

    public SessionSignature Signature => session.Signature;

    public void Hold() => isHeld = true;

    /// <summary>Ends when so many more runs have begun.</summary>
    public async Task BegunAsync(int runs, TimeSpan patience)
    {
        for (; runs > 0; runs--) Assert.True(await begun.WaitAsync(patience));
    }

    /// <summary>Lets that many runs end.</summary>
    public void Let(int runs) => ends.Release(runs);

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        if (isHeld)
        {
            begun.Release();
            ends.Wait();
        }

        return session.Run(inputs, outputs, lease);
    }

    public void Terminate() => session.Terminate();

    public void Dispose() => session.Dispose();
}
