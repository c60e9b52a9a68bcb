using Grains.Hosting;
using Grains.Inference;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Serving;
using Serving.Routing;
using Serving.Routing.Shadows;

namespace Grains.Routing.Shadows;

/// <summary>Drives the <see cref="ShadowBook"/> of one model: keeps what silos tell before it says that it is kept.</summary>
internal sealed class ShadowGrain(
    [PersistentState("shadows", StorageNames.Grains)] IPersistentState<ShadowState> state,
    IClusterMembershipService membership, TimeProvider clock, ILogger<ShadowGrain> log) : Grain, IShadowGrain
{
    private ShadowBook book = null!;
    private bool isUnsaved;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        book = new ShadowBook(state.State);
        return Task.CompletedTask;
    }

    public async Task<bool> Count(SentShadows counts)
    {
        isUnsaved |= book.Count(new SiloShadows(counts.Node, counts.Silo, counts.Until, counts.IsLast, counts.Tallies.Bytes.ToArray()));
        if (!isUnsaved) return true;
        book.Fold(IsGone, clock.GetUtcNow());
        book.Save(state.State);
        try
        {
            await state.WriteStateAsync();
            isUnsaved = false;
            return true;
        }
        catch (Exception e)
        {
            TrafficLog.NotSaved(log, Name, e.Message);

            // Another activation has taken over, and this one must begin from what it wrote.
            if (e is InconsistentStateException) DeactivateOnIdle();
            return false;
        }
    }

    public async Task<SentDocument> Get()
    {
        var row = await GrainFactory.GetGrain<IRouterGrain>(Name).GetRow();
        if (await GrainFactory.GetGrain<IRouteTable>(0).GetRow(Name) is not { } standing)
            return new SentDocument { Error = SentError.Of(ServingError.NotReady(Name, null, "the cluster is still finding out about its versions")) };
        var shadows = row.Shadows.ToDictionary(s => s.Version, s => s.Since);
        book.Keep(shadows);
        var targets = standing.Row is not { } model || row.Document is not { } json
            ? []
            : ModelRoutes.Compile(Name, ClusterModel.States(model), TrafficJson.Read(json.Bytes).Value, row.Epoch, shadows).Shadows;
        return new SentDocument { Json = RoutingWire.Write(book.Report(targets, IsGone, clock.GetUtcNow())) };
    }

    private bool IsGone(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None;
}
