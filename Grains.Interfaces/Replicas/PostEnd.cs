namespace Grains.Replicas;

/// <summary>What came of posting an alert.</summary>
public enum PostEnd : byte
{
    Taken,

    /// <summary>The receiver did not take it.</summary>
    Failed,

    /// <summary>The model's configuration does not name the receiver.</summary>
    Unwanted,

    /// <summary>The replica holds nothing (any more), and cannot know the receiver's secret.</summary>
    NotLoaded,
}
