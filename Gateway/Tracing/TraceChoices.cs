namespace Gateway.Tracing;

/// <summary>What was chosen for one model, or for all; null where nothing was.</summary>
internal sealed record TraceChoices(bool? On = null, int? Rate = null, long? Count = null)
{
    public bool IsEmpty => On is null && Rate is null && Count is null;
}
