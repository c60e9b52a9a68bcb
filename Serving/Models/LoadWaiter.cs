namespace Serving.Models;

/// <summary>A caller of an explicit load or unload that waits for the model to come to rest.</summary>
internal sealed class LoadWaiter(string model, bool unload, int scan)
{
    public string Model { get; } = model;

    public bool Unload { get; } = unload;

    /// <summary>The number of the first scan that saw the request: earlier ones say nothing about it.</summary>
    public int Scan { get; } = scan;

    public TaskCompletionSource<Outcome<Done>> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
