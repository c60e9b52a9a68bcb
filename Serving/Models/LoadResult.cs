namespace Serving.Models;

/// <summary>What an explicit load that has come to rest answers.</summary>
internal static class LoadResult
{
    /// <summary>Null when the model is served whole.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="exists">Whether it is in the repository.</param>
    /// <param name="fault">Why its folder as it is now cannot be used; null when it can.</param>
    /// <param name="lifecycle">Its versions.</param>
    public static ServingError? Of(string model, bool exists, string? fault, ModelLifecycle lifecycle)
    {
        if (!exists && fault is null) return new ServingError(ErrorCode.ModelNotFound, $"failed to load '{model}': it is not in the model repository");
        var reasons = lifecycle.Index(model).Where(i => i.Reason is not null).Select(i => $"version {i.Version}: {i.Reason}");
        if (fault is not null) reasons = reasons.Prepend(fault);
        var text = string.Join("; ", reasons);
        if (text.Length > 0) return new ServingError(ErrorCode.ModelNotReady, $"failed to load '{model}': {text}");
        return lifecycle.Slots.Any(s => s.State == SlotState.Ready)
            ? null
            : new ServingError(ErrorCode.ModelNotReady, $"failed to load '{model}': it has no version that its version policy names");
    }
}
