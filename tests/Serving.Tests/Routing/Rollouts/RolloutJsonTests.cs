using System.Text;

namespace Serving.Routing.Rollouts;

public sealed class RolloutJsonTests
{
    [Fact]
    public void Read_OnlyTheVersion_HasTheDefaults()
    {
        var spec = Read("""{"to": "2"}""").Value;

        Assert.Equal([1, 5, 25, 50, 100], spec.Steps);
        Assert.Equal(("2", 60, 200, 0.05), (spec.To, spec.StepSeconds, spec.StepRequests, spec.Alpha));
        Assert.Equal(new RolloutGuards { ErrorRate = new(0) }, spec.Guards);
    }

    [Fact]
    public void Read_WholeDocument_HasEveryField()
    {
        var spec = Read("""
            {"to": "2", "steps": [10, 100], "step_seconds": 0, "step_requests": 5, "alpha": 0.01,
             "guards": {"error_rate": {"max_increase": 0.01}, "latency": {"budget_ms": 50, "max_increase": 0.02}}}
            """).Value;

        Assert.Equal([10, 100], spec.Steps);
        Assert.Equal((0, 5, 0.01), (spec.StepSeconds, spec.StepRequests, spec.Alpha));
        Assert.Equal(new RolloutGuards { ErrorRate = new(0.01), Latency = new(50, 0.02) }, spec.Guards);
    }

    [Theory]
    [InlineData("{}", "to is required")]
    [InlineData("""{"to": "canary"}""", "to 'canary' is not a version's number")]
    [InlineData("""{"to": "2", "from": "1"}""", "from is not a field here")]
    [InlineData("""{"to": "2", "steps": [100]}""", "steps must end with 100 and have at least one step before it")]
    [InlineData("""{"to": "2", "steps": []}""", "steps must end with 100")]
    [InlineData("""{"to": "2", "steps": [5, 50]}""", "steps must end with 100")]
    [InlineData("""{"to": "2", "steps": [5, 5, 100]}""", "steps[1] must be above the step before it")]
    [InlineData("""{"to": "2", "steps": [0, 100]}""", "steps[0] must be a whole number of percent")]
    [InlineData("""{"to": "2", "steps": [0.5, 100]}""", "steps[0] must be a whole number of percent")]
    [InlineData("""{"to": "2", "step_seconds": -1}""", "step_seconds must be a whole number from 0")]
    [InlineData("""{"to": "2", "step_requests": 0}""", "step_requests must be a whole number from 1")]
    [InlineData("""{"to": "2", "alpha": 0}""", "alpha must be a number above 0 and at most 0.5")]
    [InlineData("""{"to": "2", "guards": {}}""", "without a guard nothing is compared")]
    [InlineData("""{"to": "2", "guards": {"error_rate": {"max_increase": 0.5}}}""", "guards.error_rate.max_increase must be a number from 0 to 0.4")]
    [InlineData("""{"to": "2", "guards": {"error_rate": true}}""", "guards.error_rate must be an object")]
    [InlineData("""{"to": "2", "guards": {"error_rate": {"max_decrease": 0.1}}}""", "guards.error_rate.max_decrease is not a field here")]
    [InlineData("""{"to": "2", "guards": {"latency": {"max_increase": 0.1}}}""", "guards.latency.max_increase needs budget_ms")]
    [InlineData("""{"to": "2", "guards": {"error_rate": {}, "drift": "yes"}}""", "guards.drift must be true or false")]
    [InlineData("""{"to": "2", "guards": {"error_rate": {}, "quality": {"max_increase": 0.02}}}""", "guards.quality.max_increase is not a field here")]
    [InlineData("""{"to": "2", "guards": {"drift": false}}""", "without a guard nothing is compared")]
    [InlineData("""{"to": "2", "guards": {"error_rate": {}, "mood": {}}}""", "guards.mood is not a field here")]
    public void Read_Fault_IsToldByField(string json, string sentence)
    {
        var error = Read(json).Error;

        Assert.Equal(ErrorCode.InvalidRequest, error?.Code);
        Assert.Contains(sentence, error!.Message);
    }

    [Fact]
    public void ReadAutomatic_NamesNoVersion()
    {
        Assert.Equal("7", RolloutJson.ReadAutomatic("""{"step_seconds": 1}"""u8.ToArray(), "7").Value.To);
        Assert.Contains("to is not a field here", RolloutJson.ReadAutomatic("""{"to": "7"}"""u8.ToArray(), "7").Error!.Message);
    }

    private static Outcome<RolloutSpec> Read(string json) => RolloutJson.Read(Encoding.UTF8.GetBytes(json));
}
