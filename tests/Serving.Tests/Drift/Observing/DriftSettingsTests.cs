using System.Text.Json;
using Serving.Drift;
using Serving.Drift.Observing;

namespace Serving.Tests.Drift.Observing;

public sealed class DriftSettingsTests
{
    [Fact]
    public void Read_ThresholdsOfOneKind_AreThatKindsOnly()
    {
        var options = Read("""{"ticket_effect":0.02,"numeric":{"ticket_effect":0.1,"e_value":500,"metrics":["psi","ks"]},"categorical":{"metrics":[]}}""").Value.Options;

        var (numeric, categorical) = (options.For(FeatureKind.Numeric, 1), options.For(FeatureKind.Categorical, 4));
        Assert.Equal((0.1, 0.1, 500.0), (numeric.TicketEffect, numeric.PageEffect, numeric.EValue));
        Assert.Equal((0.02, 0.05, 4000.0), (categorical.TicketEffect, categorical.PageEffect, categorical.EValue));
        Assert.Equal([true, false, true, false], new[] { "psi", "js", "ks", "w1" }.Select(distance => options.Shows(FeatureKind.Numeric, distance)));
        Assert.False(options.Shows(FeatureKind.Categorical, "psi"));
        Assert.True(Read("{}").Value.Options.Shows(FeatureKind.Numeric, "w1"));
    }

    [Theory]
    [InlineData("""{"numeric":{"metrics":["psi","wasserstein"]}}""", "numeric.metrics[1] must be one of psi, js, ks, w1")]
    [InlineData("""{"categorical":{"metrics":["ks"]}}""", "categorical.metrics[0] must be one of psi, js")]
    [InlineData("""{"categorical":{"page_effect":0.001}}""", "'page_effect' of categorical must be from its 'ticket_effect'")]
    [InlineData("""{"numeric":{"psi":0.2}}""", "numeric.psi is not a field here")]
    [InlineData("""{"latency":1}""", "latency must be true or false")]
    [InlineData("""{"baseline_time_ordered":"yes"}""", "baseline_time_ordered must be true or false")]
    public void Read_Fault_IsToldByField(string section, string sentence) => Assert.Contains(sentence, Read(section).Error!.Message);

    private static Outcome<DriftSettings> Read(string section)
    {
        using var document = JsonDocument.Parse(section);
        return DriftSettings.Read(document.RootElement.Clone());
    }
}
