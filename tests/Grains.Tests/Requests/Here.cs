namespace Grains.Tests.Requests;

internal static class Here
{
    /// <summary>What follows from the step has happened when this returns: a test's own context would take it elsewhere.</summary>
    public static void Run(Action step)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        step();
        SynchronizationContext.SetSynchronizationContext(context);
    }
}
