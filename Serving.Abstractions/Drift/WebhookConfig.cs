namespace Serving.Drift;

/// <summary>Where alerts of a model are posted.</summary>
/// <param name="url">An absolute http or https address without credentials.</param>
/// <param name="secret">Signs what is posted; null for no signature. Never shown: this class has no text of it.</param>
/// <param name="secretEnv">The environment variable that holds the secret; null when it is given, or none is.</param>
public sealed class WebhookConfig(Uri url, string? secret, string? secretEnv)
{
    public Uri Url { get; } = url;

    public string? Secret { get; } = secret;

    public string? SecretEnv { get; } = secretEnv;

    /// <summary>The address as far as logs may show it: paths may hold tokens.</summary>
    public override string ToString() => Url.GetLeftPart(UriPartial.Authority);
}
