namespace Serving.Sessions;

/// <summary>One of our outputs: which native output it comes from, and which part of it.</summary>
internal readonly record struct OutputBinding(int Native, OutputForm Form);
