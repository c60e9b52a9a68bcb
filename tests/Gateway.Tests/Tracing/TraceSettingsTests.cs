using Gateway.Tracing;

namespace Gateway.Tests.Tracing;

public sealed class TraceSettingsTests
{
    private readonly TraceSettings settings = new("traces.jsonl");

    [Fact]
    public void Take_Rate_IsOneOfSoMany()
    {
        Change(null, ("trace_level", "TIMESTAMPS"), ("trace_rate", "3"));

        Assert.Equal([false, false, true, false, false, true], Enumerable.Range(0, 6).Select(_ => settings.Take("m")));
    }

    [Fact]
    public void Take_Count_Ends()
    {
        Change(null, ("trace_level", "TIMESTAMPS"), ("trace_rate", "1"), ("trace_count", "2"));

        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => settings.Take("m")));
        Assert.Equal("0", settings.Get(null).Count);
    }

    [Fact]
    public void Take_ModelOfItsOwn_GoesItsOwnWay()
    {
        Change("a", ("trace_level", "TIMESTAMPS"), ("trace_rate", "1"));
        Assert.Equal((true, false), (settings.Take("a"), settings.Take("b")));

        Change("a", ("trace_level", null));
        Assert.False(settings.Take("a"));
        Assert.Equal(("OFF", "1"), (settings.Get("a").Level, settings.Get("a").Rate));
    }

    [Fact]
    public void Change_All_ReachesModelsWhereTheyChoseNothing()
    {
        Change("a", ("trace_rate", "1"));
        Change(null, ("trace_level", "TIMESTAMPS"), ("trace_rate", "9"), ("trace_count", "1"));

        Assert.Equal(("TIMESTAMPS", "1", "1"), (settings.Get("a").Level, settings.Get("a").Rate, settings.Get("a").Count));
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(_ => settings.Take("a")));
    }

    [Fact]
    public void Change_AllAlike_LeavesAModelCounting()
    {
        Change("a", ("trace_level", "TIMESTAMPS"), ("trace_rate", "1"), ("trace_count", "1"));
        Assert.True(settings.Take("a"));

        Change(null, ("trace_rate", "5"));

        Assert.False(settings.Take("a"));
    }

    [Theory]
    [InlineData("trace_level", "TENSORS", "trace_level must be OFF or TIMESTAMPS, one of them")]
    [InlineData("trace_rate", "0", "trace_rate must be a whole number from 1 to 2147483647")]
    [InlineData("trace_count", "-2", "trace_count must be a whole number, -1 for no end")]
    [InlineData("trace_file", "/etc/x", "trace_file is named at start (--trace-file) and cannot be changed")]
    [InlineData("log_frequency", "10", "log_frequency may only be 0: traces are appended to one file")]
    [InlineData("x", "1", "'x' is no setting of traces; there are trace_level, trace_rate and trace_count")]
    public void Change_Faulty_TellsAndChangesNothing(string name, string value, string sentence)
    {
        var outcome = settings.Change(null, new Dictionary<string, IReadOnlyList<string>?> { ["trace_level"] = ["TIMESTAMPS"], [name] = [value] });

        Assert.Equal(sentence, outcome.Error?.Message);
        Assert.Equal("OFF", settings.Get(null).Level);
    }

    [Fact]
    public void Change_MoreModelsThanThereMayBe_IsRefused()
    {
        for (var i = 0; i < TraceSettings.MostModels; i++) Change($"m{i}", ("trace_rate", "2"));

        Assert.NotNull(settings.Change("one more", new Dictionary<string, IReadOnlyList<string>?> { ["trace_rate"] = ["2"] }).Error);
        Change("m0", ("trace_rate", null));
        Change("one more", ("trace_rate", "2"));
    }

    [Fact]
    public void Change_NoFile_CannotBeOn() => Assert.StartsWith(
        "trace_level cannot be TIMESTAMPS: no file",
        new TraceSettings("").Change(null, new Dictionary<string, IReadOnlyList<string>?> { ["trace_level"] = ["TIMESTAMPS"] }).Error?.Message,
        StringComparison.Ordinal);

    private void Change(string? model, params (string Name, string? Value)[] changes) => Assert.Null(settings.Change(
        model, changes.ToDictionary(c => c.Name, c => c.Value is null ? null : (IReadOnlyList<string>)[c.Value])).Error);
}
