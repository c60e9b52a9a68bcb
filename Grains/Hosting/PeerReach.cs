namespace Grains.Hosting;

/// <summary>
/// Judges whether this silo is cut off from its cluster: it is while membership counts others as active and none of them answers. Those that
/// died are declared dead, and count no more; one that answers is enough. Storage that is away is no reason: without it inference goes on.
/// </summary>
internal sealed class PeerReach
{
    /// <summary>Looks in a row without an answer, and the silo is cut off.</summary>
    private const int Patience = 3;

    /// <summary>
    /// As many where there is but one other and membership can decide: either may be the one that is gone, and it is declared dead within
    /// this time.
    /// </summary>
    private const int PatienceWithOne = 10;

    private int silentLooks;
    private volatile string? whyCutOff;

    /// <summary>What cuts it off, as a sentence; null when it is not.</summary>
    public string? WhyCutOff => whyCutOff;

    /// <summary>What a look has found. True when that changed the judgement.</summary>
    /// <param name="others">Silos that membership counts as active, without this one.</param>
    /// <param name="answered">One of them has answered.</param>
    /// <param name="storage">Where membership is kept.</param>
    public bool Looked(int others, bool answered, StorageState storage)
    {
        silentLooks = others == 0 || answered ? 0 : silentLooks + 1;
        var patience = others == 1 && storage == StorageState.Ok ? PatienceWithOne : Patience;
        var why = silentLooks < patience ? null
            : others == 1 ? "this silo is cut off: the only other active silo of the cluster does not answer it"
            : $"this silo is cut off: none of the {others} other active silos of the cluster answers it";
        var changed = why is null != whyCutOff is null;
        whyCutOff = why;
        return changed;
    }
}
