using Grains.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>
/// This silo's copy of keys and limits: takes what is pushed, and asks once a second in case a push got lost. While their owner does not
/// answer, requests go by what was known last. The silo takes no request in before it knows them once.
/// </summary>
internal sealed class AccessFeed(IGrainFactory grains, ILocalSiloDetails silo, TimeProvider clock, ILogger<AccessFeed> log)
    : SiloChore(TimeSpan.FromSeconds(1), clock), IAccessObserver, IHostedService
{
    private static readonly TimeSpan FirstEvery = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly TaskCompletionSource known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IAccessObserver? observer;
    private volatile Copy? copy;

    /// <summary>Ends when there is a copy.</summary>
    public Task Known => known.Task;

    /// <summary>Every key; another list after each change.</summary>
    public IReadOnlyList<ApiKey> Keys => Held.Keys;

    /// <summary>The limits of models; another list after each change.</summary>
    public IReadOnlyList<ModelLimits> Limits => Held.Limits;

    private Copy Held => copy ?? throw new InvalidOperationException("The keys are not known yet.");

    public Task Apply(SentAccess access)
    {
        lock (gate)
        {
            if (copy is { } held && held.Number >= access.Number) return Task.CompletedTask;
            copy = new Copy(access.Number, AccessWire.ReadKeys(access.Keys.Bytes.Span), AccessWire.ReadLimits(access.Limits.Bytes.Span));
        }

        known.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Holds up whatever starts after it, the web server above all, until there is a copy.</summary>
    async Task IHostedService.StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await DoAsync();
            if (copy is not null) return;
            await Task.Delay(FirstEvery, cancellationToken);
        }
    }

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task DoAsync()
    {
        try
        {
            observer ??= grains.CreateObjectReference<IAccessObserver>(this);
            if (await grains.GetGrain<IAccessGrain>(0).Subscribe(observer, silo.SiloAddress, copy?.Number ?? -1) is { } newer) await Apply(newer);
        }
        catch (Exception lost)
        {
            // Whatever keeps the owner from answering, its storage's driver included.
            ClusterLog.AccessLost(log, lost.Message);
        }
    }

    private sealed record Copy(long Number, IReadOnlyList<ApiKey> Keys, IReadOnlyList<ModelLimits> Limits);
}
