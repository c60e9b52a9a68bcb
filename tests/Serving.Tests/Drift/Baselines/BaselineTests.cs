using System.Text;
using Serving.Drift;
using Serving.Drift.Baselines;

namespace Serving.Tests.Drift.Baselines;

public sealed class BaselineTests
{
    [Fact]
    public void Document_WrittenAndRead_IsTheSameBaseline()
    {
        var baseline = Sample();
        var read = BaselineDocument.Read(BaselineDocument.Write(baseline)).Value;

        Assert.Equal(baseline.Hash, read.Hash);
        Assert.Equal(baseline.Count, read.Count);
        Assert.Equal(64, read.Hash.Length);
        Assert.Equal(1, read.IndexOf("c"));
        Assert.Equal(-1, read.IndexOf("d"));
    }

    [Fact]
    public void Document_ChangedOrOfAnotherFormat_IsRefused()
    {
        var text = Encoding.UTF8.GetString(BaselineDocument.Write(Sample()));

        Assert.Contains("'hash'", Read(text.Replace("\"mean\":", "\"mean\":1")).Error!.Message);
        Assert.Contains("'format'", Read(text.Replace("\"format\":1", "\"format\":2")).Error!.Message);
        Assert.Contains("not readable", Read(text[..^5]).Error!.Message);
        Assert.Contains("not readable", Read("{}").Error!.Message);
    }

    [Fact]
    public void Hash_OtherValues_Differs() =>
        Assert.NotEqual(Sample().Hash, new Baseline([NumericBuilder.Build("x", Draws.Normal(9, 500)), Categories()]).Hash);

    [Fact]
    public void Upload_ColumnsOfBothKinds_BuildsThem()
    {
        var baseline = Upload("""{"columns": {"x": [1.5, null, "NaN", 2], "c": ["a", "b", "a", null], "flag": [true, false, true, true]}}""").Value;

        var x = Assert.IsType<NumericBaseline>(baseline.Features[0]);
        Assert.Equal((2, 1, 1), (x.Binned, x.Missing, x.Totals.NaN));
        var c = Assert.IsType<CategoricalBaseline>(baseline.Features[1]);
        Assert.Equal(["a", "b"], c.Categories);
        Assert.Equal([2, 1, 0], c.Counts);
        Assert.Equal(["true", "false"], Assert.IsType<CategoricalBaseline>(baseline.Features[2]).Categories);
    }

    [Fact]
    public void Upload_SeveralFaults_AreAllNamed()
    {
        var error = Upload("""{"columns": {"x": [[1]], "y": [], "z": [1]}, "rows": 5, "time_ordered": 1}""").Error!.Message;

        Assert.Contains("column 'x'", error);
        Assert.Contains("column 'y'", error);
        Assert.Contains("'rows'", error);
        Assert.Contains("'time_ordered'", error);
        Assert.Contains("'columns'", Upload("[]").Error!.Message);
    }

    [Fact]
    public void Upload_KnownKind_Decides()
    {
        const string Text = """{"columns": {"digit": [1, 2, 1]}}""";

        Assert.IsType<CategoricalBaseline>(BaselineUpload.Read(Encoding.UTF8.GetBytes(Text), _ => FeatureKind.Categorical).Value.Features[0]);
        Assert.Contains("must hold numbers", BaselineUpload.Read(
            Encoding.UTF8.GetBytes("""{"columns": {"x": ["a"]}}"""), _ => FeatureKind.Numeric).Error!.Message);
    }

    [Fact]
    public void Categories_MoreThanTheCap_KeepTheMostFrequentAndCountTheRest()
    {
        string[] values = [.. Enumerable.Range(0, 1_500).SelectMany(i => Enumerable.Repeat($"v{i:0000}", i < 10 ? 3 : 1))];
        var baseline = CategoricalBuilder.Build("c", values);

        Assert.Equal(CategoricalBaseline.MostCategories, baseline.Categories.Length);
        Assert.Equal("v0000", baseline.Categories[0]);
        Assert.Equal(500, baseline.Counts[baseline.Other]);
        Assert.Equal(values.Length, baseline.Binned);
    }

    [Fact]
    public void Learner_EnoughRows_IsTheBaselineOfThoseRowsInTimeOrder()
    {
        var values = Draws.Normal(3, 700);
        var learner = new BaselineLearner([new("x", FeatureKind.Numeric), new("c", FeatureKind.Categorical)], 600);
        foreach (var value in values)
        {
            if (!learner.Begin())
                break;
            learner.Add(0, value);
            if (value > 1)
                learner.AddMissing(1);
            else
                learner.AddCategory(1, value > 0 ? "up" : "down");
        }

        var direct = new Baseline([
            NumericBuilder.Build("x", values.AsSpan(0, 600), 0, true),
            CategoricalBuilder.Build("c", [.. values.Take(600).Select(v => v > 1 ? null : v > 0 ? "up" : "down")], true)]);
        Assert.True(learner.IsComplete);
        Assert.Equal(direct.Hash, learner.Build().Hash);
    }

    private static Outcome<Baseline> Read(string text) => BaselineDocument.Read(Encoding.UTF8.GetBytes(text));

    private static Outcome<Baseline> Upload(string text) => BaselineUpload.Read(Encoding.UTF8.GetBytes(text), _ => null);

    private static Baseline Sample() => new([NumericBuilder.Build("x", Draws.Normal(8, 600), 2, true), Categories()]);

    private static CategoricalBaseline Categories() => CategoricalBuilder.Build("c", ["b", "a", "b", null, "", "ä"]);
}
