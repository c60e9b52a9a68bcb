using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>An execution provider to put before the default one, with its settings.</summary>
internal sealed record ExecutionAccelerator(string Name, ValueMap<string, string> Parameters);
