using System.Text.Json;
using Serving.Drift.Quality;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>How a version's answers are judged by feedback.</summary>
internal sealed record QualitySettings(JudgedOutput Judged, QualityOptions Options)
{
    /// <summary>From <c>serving.quality</c>, or what is usual; null when nothing can be or is to be judged.</summary>
    public static Outcome<QualitySettings?> Read(JsonElement? section, ModelMetadata metadata)
    {
        var config = new QualityConfig();
        if (section is { } given && !QualityConfigJson.Read(given).TryGetValue(out config!, out var error)) return error;
        if (!JudgedOutput.Of(metadata, config).TryGetValue(out var judged, out error!)) return error;
        if (judged is null) return default(Outcome<QualitySettings?>);
        if (judged.Task == QualityTask.Classification && config is { BaselineErrorRate: not null, LearnFrom: not null })
            return ServingError.Invalid("serving.quality.learn_from has no effect where baseline_error_rate is given, remove one of them");
        var usual = new QualityOptions();
        var options = usual with
        {
            Task = judged.Task,
            Labels = judged.Classes,
            BaselineErrorRate = config.BaselineErrorRate,
            Margin = config.Margin ?? usual.Margin,
            LearnFrom = config.LearnFrom ?? usual.LearnFrom,
            Window = config.Window ?? usual.Window,
            Retention = config.RetentionSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : usual.Retention,
            Capacity = config.Capacity ?? usual.Capacity,
            EValue = config.EValue ?? usual.EValue,
        };
        return options.Faults() is { Count: > 0 } faults ? ServingError.Invalid($"serving.quality: {string.Join("; ", faults)}") : new QualitySettings(judged, options);
    }
}
