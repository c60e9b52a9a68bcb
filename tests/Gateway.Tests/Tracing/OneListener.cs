namespace Gateway.Tests.Tracing;

/// <summary>Tests that listen to spans run by themselves: their source is the process's, and other tests' servers would be traced too.</summary>
[CollectionDefinition(nameof(OneListener), DisableParallelization = true)]
public sealed class OneListener;
