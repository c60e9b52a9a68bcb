using BenchmarkDotNet.Attributes;
using Serving;
using Serving.Inference;
using Serving.Routing;

namespace Benchmarks.Routing;

/// <summary>What choosing a request's version costs, by what the traffic document asks for. The allocations are a budget: none.</summary>
[MemoryDiagnoser]
[InProcess]
public class RouteBenchmarks
{
    private static readonly AttributeSource User = new(AttributeKind.Header, "x-user-id");
    private readonly RouteTable none = Table(null);
    private readonly RouteTable weights = Table(Split(2) with { StickyBy = null });
    private readonly RouteTable sticky = Table(Split(2));
    private readonly RouteTable sticky32 = Table(Split(32));
    private readonly RouteTable rules = Table(Split(2) with
    {
        Rules = [.. Enumerable.Range(0, 10).Select(i => new TrafficRule(new(AttributeKind.Header, "x-tenant"), $"tenant-{i}", "2"))],
    });

    private readonly Caller caller = new();
    private ulong random = 88172645463325252;

    [Benchmark(Baseline = true, Description = "no document")]
    public string NoDocument() => Choose(none);

    [Benchmark(Description = "weights, 2 variants")]
    public string Weights() => Choose(weights);

    [Benchmark(Description = "sticky, 2 variants")]
    public string Sticky() => Choose(sticky);

    [Benchmark(Description = "sticky, 32 variants")]
    public string Sticky32() => Choose(sticky32);

    [Benchmark(Description = "10 rules that do not match, then sticky")]
    public string Rules() => Choose(rules);

    private static TrafficDocument Split(int variants) => new()
    {
        Variants = [.. Enumerable.Range(1, variants).Select(i => new TrafficVariant($"{i}", i))], StickyBy = User,
    };

    private static RouteTable Table(TrafficDocument? document) => RouteTable.Empty.With(
        ModelRoutes.Compile("iris", new ModelVersions([.. Enumerable.Range(1, 32).Select(i => $"{i}")]), document, 1));

    private string Choose(RouteTable table)
    {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return table.Choose("iris", null, caller, random).Value.Text;
    }

    private sealed class Caller : IRequestAttributes
    {
        public string? Header(string name) => name == "x-user-id" ? "9b0c1c9e-7a56-4b0e-a5f0-3c0e5f0f2f6d" : "nobody";

        public string? Parameter(string name) => null;
    }
}
