namespace Serving.Models;

/// <summary>What the lifecycle wants done next.</summary>
/// <param name="Slot">The copy it is about.</param>
/// <param name="Load">True: load and warm it, then report <c>Loaded</c> or <c>Failed</c>. False: drain and drop it, then report <c>Dropped</c>.</param>
internal readonly record struct LifecycleStep(VersionSlot Slot, bool Load);
