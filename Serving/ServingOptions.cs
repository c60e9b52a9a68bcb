namespace Serving;

/// <summary>How one process serves: where its models are and what it may use.</summary>
public sealed record ServingOptions
{
    /// <summary>Model repositories, each a directory with one folder a model.</summary>
    public required IReadOnlyList<string> ModelRepositories { get; init; }

    public ControlMode ControlMode { get; init; } = ControlMode.Poll;

    /// <summary>In explicit mode, the models to load at start; <c>*</c> for all.</summary>
    public IReadOnlyList<string> LoadModels { get; init; } = [];

    /// <summary>In poll mode, a change is served within this time and the time that loading takes.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Models loaded side by side at the most.</summary>
    public int LoadThreads { get; init; } = Math.Min(4, Environment.ProcessorCount);

    /// <summary>Threads that run sessions; by default as many as there are cores.</summary>
    public int SessionThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Another build of ONNX Runtime's library; null for the one beside the program.</summary>
    public string? OnnxRuntimeLibrary { get; init; }

    /// <summary>Where routes, baselines and windows are kept across restarts; null to keep nothing. One process at a time.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Bytes that cached answers take at the most, over all models with <c>response_cache</c>.</summary>
    public long ResponseCacheBytes { get; init; } = 64L << 20;

    /// <summary>How long one run of a model may take; it is ended then, and its requests fail.</summary>
    public TimeSpan MaxRunTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long requests may still run after the server was told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
