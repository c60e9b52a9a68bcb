using System.Text.Json;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Drift.Observing;

/// <summary>How a version's drift is watched, and its features' names.</summary>
internal sealed record DriftSettings(
    DriftOptions Options, double Sampling, IReadOnlyDictionary<string, IReadOnlyList<string>> Names, IReadOnlyList<WebhookConfig> Webhooks,
    bool WatchesLatency, bool IsBaselineInTimeOrder)
{
    /// <summary>From <c>serving.drift</c>; null for a configuration without it.</summary>
    public static Outcome<DriftSettings> Read(JsonElement? section)
    {
        var config = new DriftConfig();
        if (section is { } given && !DriftConfigJson.Read(given).TryGetValue(out config!, out var error)) return error;
        var usual = new DriftOptions();
        var options = usual with
        {
            Panes = config.WindowCount is { } count ? PaneRule.ByCount(count)
                : config.WindowSeconds is { } seconds ? PaneRule.BySpan(TimeSpan.FromSeconds(seconds))
                : usual.Panes,
            FalseAlerts = config.FalseAlerts ?? usual.FalseAlerts,
            TicketEffect = config.TicketEffect ?? usual.TicketEffect,
            PageEffect = config.PageEffect ?? Math.Max(usual.PageEffect, config.TicketEffect ?? 0),
            LeastCount = config.LeastCount ?? usual.LeastCount,
            RaiseAfter = config.RaiseAfter ?? usual.RaiseAfter,
            ClearAfter = config.ClearAfter ?? usual.ClearAfter,
            Suppression = config.SuppressionSeconds is { } pause ? TimeSpan.FromSeconds(pause) : usual.Suppression,
            WindowsKept = config.WindowsKept ?? usual.WindowsKept,
            EValue = config.EValue ?? usual.EValue,
            Numeric = Of(config.Numeric),
            Categorical = Of(config.Categorical),
        };
        List<string> faults = [.. options.Faults()];
        WebhookConfig[] webhooks = [.. config.Webhooks.Select(webhook => WithSecret(webhook, faults))];
        return faults.Count > 0
            ? ServingError.Invalid($"serving.drift: {string.Join("; ", faults)}")
            : new DriftSettings(options, config.Sampling, config.Features, webhooks, config.Latency, config.BaselineTimeOrdered);
    }

    private static KindOptions Of(KindConfig kind) => new(kind.TicketEffect, kind.PageEffect, kind.EValue, kind.Metrics);

    private static WebhookConfig WithSecret(WebhookConfig webhook, List<string> faults)
    {
        if (webhook.SecretEnv is not { } variable) return webhook;
        var secret = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(secret)) faults.Add($"webhooks: the environment variable '{variable}' is not set");
        return new WebhookConfig(webhook.Url, secret, variable);
    }
}
