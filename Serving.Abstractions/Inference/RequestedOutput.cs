namespace Serving.Inference;

/// <summary>An output the caller asked for.</summary>
/// <param name="Name">The output's name in the model's signature.</param>
public readonly record struct RequestedOutput(string Name);
