namespace Serving.Drift;

/// <summary>Whether an alert stands.</summary>
public enum AlertState
{
    Raised,
    Cleared,
}
