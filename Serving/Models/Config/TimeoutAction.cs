namespace Serving.Models.Config;

/// <summary>What becomes of a request whose waiting time is over, with Triton's numbers.</summary>
internal enum TimeoutAction
{
    /// <summary>It fails.</summary>
    Reject = 0,

    /// <summary>It runs after all that are still in time.</summary>
    Delay = 1,
}
