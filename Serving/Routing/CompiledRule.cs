using Serving.Inference;

namespace Serving.Routing;

/// <summary>A rule whose version is ready.</summary>
/// <param name="When">Which header or parameter is looked at.</param>
/// <param name="EqualTo">The value it must have.</param>
/// <param name="Decision">The choice when it has.</param>
internal sealed record CompiledRule(AttributeSource When, string EqualTo, RouteDecision Decision)
{
    public bool Matches(IRequestAttributes? attributes) => string.Equals(When.Of(attributes), EqualTo, StringComparison.Ordinal);
}
