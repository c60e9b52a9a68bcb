namespace Serving.Models.Config.Completion;

/// <summary>Checks what depends on <c>max_batch_size</c>.</summary>
internal static class BatchSizes
{
    public static void Check(ModelConfig config, Findings findings)
    {
        if (config.DynamicBatching is { } batching)
        {
            foreach (var size in batching.PreferredBatchSize)
                if (size > config.MaxBatchSize)
                    findings.Refuse($"'dynamic_batching.preferred_batch_size' has {size}, but 'max_batch_size' is {config.MaxBatchSize}");
            if (config.MaxBatchSize == 0)
                findings.Warn("'dynamic_batching' joins no requests, since 'max_batch_size' is 0; its queue policies apply");
        }

        foreach (var warmup in config.ModelWarmup)
            if (warmup.BatchSize > Math.Max(1, config.MaxBatchSize))
                findings.Refuse(
                    $"'model_warmup' '{warmup.Name}' has a 'batch_size' of {warmup.BatchSize}, but 'max_batch_size' is {config.MaxBatchSize}");
    }
}
