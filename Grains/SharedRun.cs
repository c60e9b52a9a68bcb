namespace Grains;

/// <summary>
/// Does something one at a time: callers that come while it is being done share the next time, which begins after they came. For a grain,
/// whose turns are one at a time.
/// </summary>
internal sealed class SharedRun(Func<Task<bool>> run)
{
    private Task<bool> current = Task.FromResult(true);
    private Task<bool>? next;

    public Task<bool> RunAsync()
    {
        if (next is not null) return next;
        if (!current.IsCompleted) return next = AfterAsync(current);
        return current = run();
    }

    private async Task<bool> AfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        current = next!;
        next = null;
        return await run();
    }
}
