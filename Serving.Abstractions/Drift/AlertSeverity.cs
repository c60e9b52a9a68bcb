namespace Serving.Drift;

/// <summary>How soon somebody should look.</summary>
public enum AlertSeverity
{
    /// <summary>At the next occasion.</summary>
    Ticket,

    /// <summary>Now.</summary>
    Page,
}
