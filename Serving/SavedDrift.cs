using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Storage;

namespace Serving;

/// <summary>
/// Drift in the state file: for each version its baseline, the state of its monitor, and the pane that is open. Without a file
/// nothing is kept and nothing fails.
/// </summary>
internal sealed class SavedDrift(StateStore? store)
{
    private const string Baselines = "drift-baseline";
    private const string States = "drift-state";
    private const string OpenPanes = "drift-pane";
    private const string Qualities = "quality-state";
    private const string Answers = "quality-answers";

    /// <summary>Stands where a baseline was removed, so that the model folder's does not come back.</summary>
    private static readonly byte[] Removed = "null"u8.ToArray();

    /// <summary>The baseline document, <c>null</c> as JSON where it was removed, an order to learn; null for none.</summary>
    public byte[]? LoadBaseline(string model, string version) => store?.Get(Baselines, Key(model, version))?.Body;

    public static bool IsRemoved(ReadOnlySpan<byte> document) => document.SequenceEqual(Removed);

    public byte[] LoadState(string model, string version) => store?.Get(States, Key(model, version))?.Body ?? [];

    /// <summary>The open pane as it was at the last flush; null for none, or one that cannot be read.</summary>
    public PaneSummary? LoadOpenPane(string model, string version)
    {
        if (store?.Get(OpenPanes, Key(model, version)) is not { } document) return null;
        try
        {
            var reader = new StateReader(document.Body);
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

    /// <summary>Keeps a monitor's state and the open pane, both or neither.</summary>
    public ServingError? SaveState(string model, string version, byte[]? state, PaneSummary? open)
    {
        var batch = new StateBatch();
        if (state is not null)
        {
            if (TooLarge(state) is { } error) return error;
            batch.Put(States, Key(model, version), state);
        }

        if (open is not null) batch.Put(OpenPanes, Key(model, version), open.Write());
        else batch.Delete(OpenPanes, Key(model, version));
        return store?.Commit(batch).Error;
    }

    /// <summary>The state of a version's quality monitor; null for none.</summary>
    public byte[]? LoadQuality(string model, string version) => store?.Get(Qualities, Key(model, version))?.Body;

    public ServingError? SaveQuality(string model, string version, byte[] state) =>
        TooLarge(state) ?? store?.Commit(new StateBatch().Put(Qualities, Key(model, version), state)).Error;

    /// <summary>Answers and truths of a model that wait for each other; null for none.</summary>
    public byte[]? LoadAnswers(string model) => store?.Get(Answers, model)?.Body;

    public ServingError? SaveAnswers(string model, byte[] answers) =>
        TooLarge(answers) ?? store?.Commit(new StateBatch().Put(Answers, model, answers)).Error;

    private static string Key(string model, string version) => $"{model}/{version}";

    private static ServingError? TooLarge(byte[] body) => body.Length <= StateLimits.MaxBodyBytes
        ? null
        : ServingError.Invalid($"{body.Length} bytes are more than the {StateLimits.MaxBodyBytes} that are kept; watch fewer features, or keep fewer answers");

    private ServingError? SaveBaseline(string model, string version, byte[] document) => TooLarge(document) ?? store?.Commit(
        new StateBatch().Put(Baselines, Key(model, version), document).Delete(States, Key(model, version)).Delete(OpenPanes, Key(model, version))).Error;
}
