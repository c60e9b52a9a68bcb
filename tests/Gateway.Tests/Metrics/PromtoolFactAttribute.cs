namespace Gateway.Tests.Metrics;

/// <summary>A test that needs Prometheus's checker; without it the test says so and is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute()
    {
        if (Promtool.Path is null) Skip = "promtool is not installed (Debian: apt-get install prometheus)";
    }
}
