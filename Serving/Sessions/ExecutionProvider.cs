namespace Serving.Sessions;

/// <summary>An execution provider that a model's configuration asks for.</summary>
/// <param name="Name">As in <c>execution_accelerators</c>: <c>cuda</c>, <c>tensorrt</c>, <c>openvino</c>, <c>xnnpack</c> …</param>
/// <param name="Parameters">The provider's own options.</param>
internal sealed record ExecutionProvider(string Name, IReadOnlyDictionary<string, string> Parameters);
