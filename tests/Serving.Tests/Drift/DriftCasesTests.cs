using Serving.Tests.Drift.Reference;

namespace Serving.Tests.Drift;

/// <summary>Every value that every reference case expects, within the case's own tolerances.</summary>
public sealed class DriftCasesTests
{
    public static TheoryData<string> Names => [.. DriftCase.Files().Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_AllExpectedValues_Agree(string name)
    {
        var drift = DriftCase.Load(DriftCase.Files()[name]);
        var rules = CaseRules.For(drift);

        var mismatches = drift.Expected.EnumerateObject()
            .Select(expected => rules.TryGetValue(expected.Name, out var rule)
                ? drift.Mismatch(expected.Name, rule())
                : $"{name}.{expected.Name}: no rule computes it")
            .Where(mismatch => mismatch is not null);

        Assert.Empty(mismatches);
    }

    [Fact]
    public void Cases_KeptWithTheTest_AreAllFound() => Assert.True(DriftCase.Files().Count >= 67);
}
