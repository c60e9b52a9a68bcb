namespace Serving;

/// <summary>Whether an engine is ready for requests.</summary>
public static class Readiness
{
    /// <summary>Why an engine is not ready whose models are not.</summary>
    public const string ModelsAreNot = "not every model is ready; POST /v2/repository/index tells which, and why";

    public static async ValueTask<bool> IsReadyAsync(this IServingEngine engine, CancellationToken cancellationToken) =>
        await engine.WhyNotReadyAsync(cancellationToken).ConfigureAwait(false) is null;
}
