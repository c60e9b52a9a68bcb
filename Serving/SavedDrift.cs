using System.Security.Cryptography;
using System.Text;
using Serving.Drift.Alerts;
using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Storage;

namespace Serving;

/// <summary>
/// Drift in the state file: for each version its baseline, the state of its monitor, the panes that were closed since, and the one
/// that is open. Without a file
/// nothing is kept and nothing fails.
/// </summary>
internal sealed class SavedDrift(StateStore? store)
{
    private const string Baselines = "drift-baseline";
    private const string States = "drift-state";
    private const string OpenPanes = "drift-pane";
    private const string ClosedPanes = "drift-panes/";
    private const string Qualities = "quality-state";
    private const string Answers = "quality-answers";
    private const string Outbox = "webhook-outbox";

    /// <summary>Stands where a baseline was removed, so that the model folder's does not come back.</summary>
    private static readonly byte[] Removed = "null"u8.ToArray();

    /// <summary>The baseline document, <c>null</c> as JSON where it was removed, an order to learn; null for none.</summary>
    public byte[]? LoadBaseline(string model, string version) => store?.Get(Baselines, Key(model, version))?.Body;

    public static bool IsRemoved(ReadOnlySpan<byte> document) => document.SequenceEqual(Removed);

    public byte[] LoadState(string model, string version) => store?.Get(States, Key(model, version))?.Body ?? [];

    /// <summary>The panes that were closed since the state was kept, oldest first, and the open one as it was at the last flush.</summary>
    public IReadOnlyList<PaneSummary> LoadPanes(string model, string version)
    {
        if (store is null) return [];
        var panes = new List<PaneSummary>();
        var last = 0L;
        while (store.ReadLog(ClosedPanes + Key(model, version), last) is { Count: > 0 } entries)
        {
            panes.AddRange(entries.Select(entry => ReadPane(entry.Body)).OfType<PaneSummary>());
            last = entries[^1].Sequence;
        }

        if (store.Get(OpenPanes, Key(model, version)) is { } document && ReadPane(document.Body) is { } open) panes.Add(open);
        return panes;
    }

    /// <summary>Keeps panes as they close. Small beside the monitor's state, which takes their place at the next flush.</summary>
    public ServingError? SavePanes(string model, string version, IEnumerable<PaneSummary> closed)
    {
        var batch = new StateBatch();
        foreach (var pane in closed)
        {
            var body = pane.Write();
            if (TooLarge(body) is { } error) return error;
            batch.Append(ClosedPanes + Key(model, version), body);
        }

        return store?.Commit(batch).Error;
    }

    private static PaneSummary? ReadPane(byte[] body)
    {
        try
        {
            var reader = new StateReader(body);
            return PaneSummary.Read(ref reader);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Keeps a baseline; the state of another one goes.</summary>
    public ServingError? Save(string model, string version, Baseline baseline) => SaveBaseline(model, version, BaselineDocument.Write(baseline));

    /// <summary>Keeps an order to learn a baseline from so many rows.</summary>
    public ServingError? SaveLearning(string model, string version, ReadOnlyMemory<byte> order) => SaveBaseline(model, version, order.ToArray());

    public ServingError? Remove(string model, string version) => SaveBaseline(model, version, Removed);

    /// <summary>Keeps a monitor's state, the open pane and what is to be posted, all or nothing.</summary>
    public ServingError? SaveState(string model, string version, byte[]? state, PaneSummary? open, IEnumerable<OutboxItem> outgoing)
    {
        var batch = Batch(outgoing);
        if (state is not null)
        {
            if (TooLarge(state) is { } error) return error;
            batch.Put(States, Key(model, version), state).Trim(ClosedPanes + Key(model, version), long.MaxValue);
        }

        if (open is not null) batch.Put(OpenPanes, Key(model, version), open.Write());
        else batch.Delete(OpenPanes, Key(model, version));
        return store?.Commit(batch).Error;
    }

    /// <summary>The state of a version's quality monitor; null for none.</summary>
    public byte[]? LoadQuality(string model, string version) => store?.Get(Qualities, Key(model, version))?.Body;

    /// <summary>Keeps a quality monitor's state and what is to be posted, all or nothing.</summary>
    public ServingError? SaveQuality(string model, string version, byte[] state, IEnumerable<OutboxItem> outgoing) =>
        TooLarge(state) ?? store?.Commit(Batch(outgoing).Put(Qualities, Key(model, version), state)).Error;

    /// <summary>What was not delivered, oldest first.</summary>
    public IEnumerable<OutboxItem> LoadOutbox() =>
        (store?.List(Outbox) ?? []).Select(document => OutboxItem.Read(document.Body)).OfType<OutboxItem>().OrderBy(item => item.At);

    /// <summary>It was delivered, or given up. One that cannot be removed is posted again under the same id.</summary>
    public void RemoveOutgoing(OutboxItem item) => store?.Commit(new StateBatch().Delete(Outbox, StoreKey(item)));

    /// <summary>Answers and truths of a model that wait for each other; null for none.</summary>
    public byte[]? LoadAnswers(string model) => store?.Get(Answers, model)?.Body;

    public ServingError? SaveAnswers(string model, byte[] answers) =>
        TooLarge(answers) ?? store?.Commit(new StateBatch().Put(Answers, model, answers)).Error;

    /// <summary>Addresses may be longer than keys.</summary>
    private static string StoreKey(OutboxItem item) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(item.Key)));

    private static StateBatch Batch(IEnumerable<OutboxItem> outgoing)
    {
        var batch = new StateBatch();
        foreach (var item in outgoing) batch.Put(Outbox, StoreKey(item), item.Write());
        return batch;
    }

    private static string Key(string model, string version) => $"{model}/{version}";

    private static ServingError? TooLarge(byte[] body) => body.Length <= StateLimits.MaxBodyBytes
        ? null
        : ServingError.Invalid($"{body.Length} bytes are more than the {StateLimits.MaxBodyBytes} that are kept; watch fewer features, or keep fewer answers");

    private ServingError? SaveBaseline(string model, string version, byte[] document) => TooLarge(document) ?? store?.Commit(
        new StateBatch().Put(Baselines, Key(model, version), document).Delete(States, Key(model, version)).Delete(OpenPanes, Key(model, version))
            .Trim(ClosedPanes + Key(model, version), long.MaxValue)).Error;
}
