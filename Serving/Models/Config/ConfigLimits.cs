namespace Serving.Models.Config;

/// <summary>How large a configuration may be. Generous beside what is written by hand, small beside the machine.</summary>
internal static class ConfigLimits
{
    /// <summary>Bytes of one configuration file.</summary>
    public const int FileBytes = 1 << 20;

    /// <summary>Messages, lists and objects inside each other.</summary>
    public const int Nesting = 32;

    /// <summary>Faults, and warnings, that are kept; more are counted.</summary>
    public const int Reported = 50;

    /// <summary>Characters of a sentence about a fault, since it quotes what may be as long as the file.</summary>
    public const int Sentence = 500;

    public const int TensorRank = 64;

    /// <summary>Sessions in one instance group.</summary>
    public const int Instances = 1024;

    /// <summary>Each level is a queue.</summary>
    public const int PriorityLevels = 1024;

    public const int WarmupCount = 10_000;
}
