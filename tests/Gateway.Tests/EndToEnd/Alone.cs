namespace Gateway.Tests.EndToEnd;

/// <summary>Tests of what the whole process does: none other runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
