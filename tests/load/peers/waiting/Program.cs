using Gateway.Hosting;
using Serving;
using Serving.Inference;
using Serving.Sessions;
using Silo;

// A silo whose sessions wait 20 ms instead of computing: what more silos bring when the processors of one machine are not the limit.
return await GatewayApplication.RunAsync(
    "waiting-silo",
    args,
    builder =>
    {
        builder.Services.AddSingleton<SessionWrapper>(session => new WaitingSession(session));
        ClusterSetup.Add(builder);
    },
    ClusterSettings.All);

/// <summary>Waits, and then runs the session, which should be a trivial one.</summary>
internal sealed class WaitingSession(IModelSession session) : IModelSession
{
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(20);

    public SessionSignature Signature => session.Signature;

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        Thread.Sleep(Time);
        return session.Run(inputs, outputs, lease);
    }

    public void Terminate() => session.Terminate();

    public void Dispose() => session.Dispose();
}
