namespace Gateway.Hosting;

/// <summary>The process cannot start as configured. Carries every fault found, not only the first.</summary>
public sealed class StartupFaultException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults))
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
