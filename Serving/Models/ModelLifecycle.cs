namespace Serving.Models;

/// <summary>
/// Which versions of one model are wanted, in which state each copy is, and what to do next.
/// </summary>
/// <remarks>
/// <para>A machine: the driver tells it what the repository holds (<see cref="Observe"/>) and what became of its steps, and carries
/// out what <see cref="Next"/> asks for until it asks for nothing. It knows no file, session, clock or thread.</para>
/// <para>A version is known by its number and by the fingerprint of what is on disk. A copy (slot) is loading, ready, or retiring;
/// several copies of one number exist while a changed file is loaded beside the old one.</para>
/// <para>Invariants: a ready copy is retired only when every wanted version is served, so a model that answers never stops because
/// something newer is broken; a version whose present fingerprint failed is not tried again until the fingerprint changes; while it
/// cannot be loaded, an older copy of it, or the next version that the policy names, serves instead.</para>
/// </remarks>
internal sealed class ModelLifecycle
{
    private readonly List<VersionSlot> slots = [];
    private readonly Dictionary<long, Failure> failures = [];
    private IReadOnlyList<AvailableVersion> available = [];
    private Func<IEnumerable<long>, IReadOnlyList<long>> policy = versions => versions.ToArray();
    private int lastId;

    /// <summary>All copies, oldest first.</summary>
    public IReadOnlyList<VersionSlot> Slots => slots;

    /// <summary>Nothing is loading, retiring or waiting to be: what the driver waits for before it answers an explicit load.</summary>
    public bool IsSettled => slots.TrueForAll(slot => slot.State == SlotState.Ready) && !HasNext();

    /// <summary>No copy is left and none is wanted: the driver may forget the model.</summary>
    public bool IsGone => slots.Count == 0 && available.Count == 0;

    /// <summary>The repository as it is now: the versions there are, and which of any set of numbers the model's policy names.</summary>
    public void Observe(IReadOnlyList<AvailableVersion> versions, Func<IEnumerable<long>, IReadOnlyList<long>> versionPolicy)
    {
        available = versions;
        policy = versionPolicy;
        foreach (var version in failures.Keys.ToArray())
            if (!versions.Any(v => v.Version == version && v.Fingerprint == failures[version].Fingerprint)) failures.Remove(version);
    }

    /// <summary>Takes over a copy that is ready already: for a driver that starts while its predecessor's copies serve on.</summary>
    public VersionSlot Adopt(long version, string fingerprint)
    {
        var slot = new VersionSlot(++lastId, version, fingerprint) { State = SlotState.Ready };
        slots.Add(slot);
        return slot;
    }

    /// <summary>Forgets what failed, so that it is tried again although nothing changed: an explicit load asks for that.</summary>
    public void Retry() => failures.Clear();

    /// <summary>The next thing to do, already marked as begun; null when there is nothing to do now.</summary>
    public LifecycleStep? Next()
    {
        var wanted = Wanted();
        foreach (var version in wanted)
        {
            if (IsServed(version) || slots.Exists(s => Matches(s, version) && s.State == SlotState.Loading)) continue;
            var slot = new VersionSlot(++lastId, version.Version, version.Fingerprint);
            slots.Add(slot);
            return new LifecycleStep(slot, Load: true);
        }

        if (FindRetirable(wanted) is not { } retired) return null;
        retired.State = SlotState.Retiring;
        return new LifecycleStep(retired, Load: false);
    }

    public void Loaded(VersionSlot slot) => slot.State = SlotState.Ready;

    public void Failed(VersionSlot slot, string reason)
    {
        slots.Remove(slot);
        failures[slot.Version] = new Failure(slot.Fingerprint, reason);
    }

    public void Dropped(VersionSlot slot) => slots.Remove(slot);

    /// <summary>Why the version's present files cannot be served; null when they did not fail.</summary>
    public string? FailureOf(long version) => failures.TryGetValue(version, out var failure) ? failure.Reason : null;

    /// <summary>One row a version that is loaded, on its way, or failed; by number.</summary>
    public IEnumerable<ModelIndexEntry> Index(string model)
    {
        foreach (var version in slots.Select(s => s.Version).Union(failures.Keys).Order())
        {
            var copies = slots.Where(s => s.Version == version).ToArray();
            var state = copies.Length == 0 ? ModelState.Unavailable
                : copies.Any(s => s.State == SlotState.Ready) ? ModelState.Ready
                : copies.Any(s => s.State == SlotState.Loading) ? ModelState.Loading
                : ModelState.Unloading;
            var reason = FailureOf(version);
            if (reason is not null && state == ModelState.Ready) reason = "the files on disk changed and could not be loaded, the copy loaded before serves on: " + reason;
            yield return new ModelIndexEntry(model, version.ToString(System.Globalization.CultureInfo.InvariantCulture), state, reason);
        }
    }

    private bool HasNext()
    {
        var wanted = Wanted();
        return wanted.Exists(version => !IsServed(version)) || FindRetirable(wanted) is not null;
    }

    /// <summary>What the policy names among the versions that can be served.</summary>
    private List<AvailableVersion> Wanted()
    {
        var numbers = policy(available.Where(CanBeServed).Select(v => v.Version));
        return available.Where(v => numbers.Contains(v.Version)).ToList();
    }

    private bool CanBeServed(AvailableVersion version) => !HasFailed(version) || HasReadyCopy(version.Version);

    private bool HasFailed(AvailableVersion version) =>
        failures.TryGetValue(version.Version, out var failure) && failure.Fingerprint == version.Fingerprint;

    private bool HasReadyCopy(long version) => slots.Exists(s => s.Version == version && s.State == SlotState.Ready);

    /// <summary>A ready copy of what is on disk, or of what was there before when what is there now has failed.</summary>
    private bool IsServed(AvailableVersion version) => slots.Exists(s => s.State == SlotState.Ready && Matches(s, version))
        || HasFailed(version) && HasReadyCopy(version.Version);

    private VersionSlot? FindRetirable(List<AvailableVersion> wanted)
    {
        var nothingElseServes = wanted.Count == 0 && available.Any(v => !CanBeServed(v));
        if (nothingElseServes || !wanted.TrueForAll(IsServed)) return null;
        return slots.Find(s => s.State == SlotState.Ready && !wanted.Exists(v => Matches(s, v) || v.Version == s.Version && HasFailed(v)));
    }

    private static bool Matches(VersionSlot slot, AvailableVersion version) =>
        slot.Version == version.Version && slot.Fingerprint == version.Fingerprint;

    private readonly record struct Failure(string Fingerprint, string Reason);
}
