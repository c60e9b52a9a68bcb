using Serving.Sessions;
using Serving.Storage;

namespace Serving;

/// <summary>
/// What takes long in <see cref="LocalServing.Start"/> and needs nothing else: the native libraries and the state file. Begun early,
/// on threads of their own, while the caller sets up what does not need them.
/// </summary>
public sealed class LocalPreparation
{
    private readonly Task<StateStore?> state;

    private LocalPreparation(ServingOptions options)
    {
        state = Begin(() => OpenState(options, TimeProvider.System));

        // What fails here fails again, with its reason, at the start.
        _ = Begin(() => OnnxRuntime.Load(options.OnnxRuntimeLibrary, logger: null));
    }

    public static LocalPreparation Begin(ServingOptions options) => new(options);

    internal static StateStore? OpenState(ServingOptions options, TimeProvider clock) =>
        options.DataDirectory is { } directory ? StateStore.OpenIn(directory, clock) : null;

    /// <exception cref="InvalidOperationException">The state file cannot be used; the message says what to do.</exception>
    internal StateStore? TakeState() => state.GetAwaiter().GetResult();

    private static Task<T> Begin<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
