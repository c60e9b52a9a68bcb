using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Serving.Contract;

/// <summary>
/// What every engine behind the port must do, whichever edition: run over <c>LocalServingEngine</c> and <c>ClusterServingEngine</c>.
/// The engine under test serves the sample repository of the checkout (iris in all versions, digits, diabetes).
/// </summary>
public abstract class ServingEngineContract
{
    /// <summary>An engine whose sample models are ready.</summary>
    protected abstract ValueTask<IServingEngine> EngineAsync();

    [Fact]
    public async Task Infer_WithoutVersion_AnswersFromTheHighest()
    {
        using var answer = (await InferAsync(Iris(version: null))).Value;

        Assert.Equal(("iris", "2", "request-1"), (answer.Model, answer.Version, answer.Id));
        Assert.Equal((RouteReason.Only, "2"), (answer.Route.Reason, answer.Route.Version));
        Assert.Equal(["label", "scores"], answer.Outputs.Select(o => o.Name));
        Assert.Equal([2L, 3L], answer.Outputs[1].Shape);
        Assert.Equal(24, answer.Outputs[1].Data.Length);
        Assert.True(answer.Timing.Compute > TimeSpan.Zero);
    }

    [Fact]
    public async Task Infer_WithVersion_AnswersFromIt()
    {
        using var first = (await InferAsync(Iris("1"))).Value;
        using var second = (await InferAsync(Iris("2"))).Value;

        Assert.Equal((RouteReason.Version, "1"), (first.Route.Reason, first.Version));
        Assert.False(first.Outputs[1].Data.Span.SequenceEqual(second.Outputs[1].Data.Span));
    }

    [Fact]
    public async Task Infer_OutputsAskedFor_ComeInThatOrder()
    {
        using var answer = (await InferAsync(Iris("1", outputs: ["scores"]))).Value;

        Assert.Equal("scores", Assert.Single(answer.Outputs).Name);
    }

    [Fact]
    public async Task Infer_SameRowsInOneRequestAndInMany_GiveTheSameAnswers()
    {
        using var both = (await InferAsync(Iris("2"))).Value;
        var engine = await EngineAsync();
        var requests = Enumerable.Range(0, 64).Select(_ => engine.InferAsync(Iris("2"), CancellationToken.None).AsTask()).ToArray();

        foreach (var request in requests)
        {
            using var answer = (await request).Value;
            Assert.Equal(MemoryMarshal.Cast<byte, float>(both.Outputs[1].Data.Span).ToArray(),
                MemoryMarshal.Cast<byte, float>(answer.Outputs[1].Data.Span).ToArray(), (a, b) => Math.Abs(a - b) < 1e-5f);
            Assert.True(answer.Outputs[0].Data.Span.SequenceEqual(both.Outputs[0].Data.Span));
        }
    }

    public static TheoryData<string, InferenceRequest, ErrorCode, string> Faults => new()
    {
        { "unknown model", Request("nope", null, Floats("input", [1, 4])), ErrorCode.ModelNotFound, "'nope'" },
        { "unknown version", Iris("7"), ErrorCode.VersionNotFound, "'7'" },
        { "wrong name", Request("iris", "1", Floats("x", [1, 4])), ErrorCode.InvalidRequest, "'input'" },
        { "no input", Request("iris", "1"), ErrorCode.InvalidRequest, "expected 1 inputs but got 0" },
        { "surplus input", Request("iris", "1", Floats("input", [1, 4]), Floats("more", [1])), ErrorCode.InvalidRequest, "'more'" },
        { "wrong type", Request("iris", "1", new Tensor("input", TensorType.Fp64, [1, 4], new byte[32])), ErrorCode.InvalidRequest, "FP64" },
        { "wrong width", Request("iris", "1", Floats("input", [1, 3])), ErrorCode.InvalidRequest, "[1,3]" },
        { "wrong rank", Request("iris", "1", Floats("input", [4])), ErrorCode.InvalidRequest, "[4]" },
        { "too many rows", Request("digits", "1", Floats("image", [65, 1, 8, 8])), ErrorCode.InvalidRequest, "<= 64" },
        { "unknown output", Iris("1", outputs: ["nothing"]), ErrorCode.InvalidRequest, "'nothing'" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Infer_BadRequest_IsRefusedByName(string fault, InferenceRequest request, ErrorCode code, string names)
    {
        var outcome = await InferAsync(request);

        Assert.True(outcome.Error is not null, fault);
        Assert.Equal(code, outcome.Error.Code);
        Assert.Contains(names, outcome.Error.Message);
    }

    [Fact]
    public async Task Infer_NoRows_AnswersWithNoRows()
    {
        using var answer = (await InferAsync(Request("digits", null, Floats("image", [0, 1, 8, 8])))).Value;

        Assert.Equal([0L, 10L], answer.Outputs[0].Shape);
    }

    [Fact]
    public async Task Infer_CallerAlreadyGone_IsCancelledOrAnswered()
    {
        var engine = await EngineAsync();
        try
        {
            (await engine.InferAsync(Iris("1"), new CancellationToken(canceled: true))).Value.Dispose();
        }
        catch (OperationCanceledException)
        {
            // Both are right: a request that runs at once is not taken back.
        }

        using var after = (await InferAsync(Iris("1"))).Value;
        Assert.Equal(2, after.Outputs.Count);
    }

    [Fact]
    public async Task Metadata_Iris_NamesVersionsAndShapes()
    {
        var engine = await EngineAsync();
        var metadata = engine.Models.GetMetadata("iris", null).Value;

        Assert.Equal(("iris", "2"), (metadata.Name, metadata.Version));
        Assert.Equal(["1", "2"], metadata.Versions);
        Assert.Equal([-1L, 4L], Assert.Single(metadata.Inputs).Shape);
        Assert.Equal(TensorType.Bytes, metadata.Outputs[0].Type);
        Assert.Equal(ErrorCode.ModelNotFound, engine.Models.GetMetadata("nope", null).Error!.Code);
        Assert.Equal(ErrorCode.VersionNotFound, engine.Models.GetMetadata("iris", "9").Error!.Code);
    }

    [Fact]
    public async Task Index_Samples_AreReady()
    {
        var engine = await EngineAsync();
        var index = await engine.Models.ListAsync(CancellationToken.None);

        Assert.Equal([("diabetes", "1"), ("digits", "1"), ("iris", "1"), ("iris", "2")], index.Select(i => (i.Name, i.Version!)));
        Assert.All(index, row => Assert.Equal(ModelState.Ready, row.State));
        Assert.True(await engine.IsReadyAsync(CancellationToken.None));
        Assert.True(engine.Models.IsReady("digits", null).Value);
    }

    [Fact]
    public async Task Config_Digits_IsTheEffectiveOne()
    {
        var engine = await EngineAsync();
        var config = (await engine.Models.GetConfigAsync("digits", null, CancellationToken.None)).Value;

        using var json = JsonDocument.Parse(config);
        Assert.Equal("digits", json.RootElement.GetProperty("name").GetString());
        Assert.Equal(64, json.RootElement.GetProperty("max_batch_size").GetInt32());
    }

    [Fact]
    public async Task Statistics_AfterRequests_CountRowsAndRequests()
    {
        var engine = await EngineAsync();
        var before = await StatisticsAsync();
        for (var i = 0; i < 3; i++) (await InferAsync(Request("diabetes", "1", Floats("features", [5, 10])))).Value.Dispose();
        (await InferAsync(Request("diabetes", "1", Floats("features", [1, 9])))).Error!.ToString();

        var after = await StatisticsAsync();
        Assert.Equal(15UL, after.InferenceCount - before.InferenceCount);
        Assert.Equal(3UL, after.Success.Count - before.Success.Count);
        Assert.Equal(1UL, after.Fail.Count - before.Fail.Count);
        Assert.Equal(3UL, after.ComputeInfer.Count - before.ComputeInfer.Count);

        async Task<ModelStatistics> StatisticsAsync() =>
            Assert.Single((await engine.Models.GetStatisticsAsync("diabetes", "1", CancellationToken.None)).Value);
    }

    [Fact]
    public async Task Load_NotInExplicitMode_IsRefused()
    {
        var engine = await EngineAsync();
        var outcome = await engine.Models.LoadAsync(new ModelLoadRequest("iris", null, new Dictionary<string, ReadOnlyMemory<byte>>()), CancellationToken.None);

        Assert.Equal(ErrorCode.ModelNotReady, outcome.Error!.Code);
    }

    [Fact]
    public async Task Drift_BaselinePut_CountsWhatComesAfter()
    {
        var engine = await EngineAsync();
        var columns = string.Join(',', Enumerable.Range(0, 10).Select(c => $"\"features[{c}]\": [{string.Join(',', Enumerable.Range(0, 100))}]"));
        var put = await engine.Drift.PutBaselineAsync("diabetes", "1", Encoding.UTF8.GetBytes($"{{\"columns\": {{{columns}}}}}"), BaselineFormat.Json, default);
        Assert.Equal(100, put.Value.Baseline!.Count);

        for (var i = 0; i < 3; i++) (await InferAsync(Request("diabetes", "1", Floats("features", [5, 10])))).Value.Dispose();
        var report = (await engine.Drift.GetDriftAsync("diabetes", "1", default)).Value;
        Assert.Equal(("diabetes", "1", put.Value.Baseline.Hash, 0L), (report.Model, report.Version, report.Baseline!.Hash, report.Dropped));
        var window = Assert.Single(report.Windows);
        Assert.Equal((true, 15L, 10), (window.Open, window.Count, window.Features.Count));
        Assert.Empty((await engine.Drift.GetEventsAsync("diabetes", "1", default)).Value);

        await UntilAsync(IsListedAsync);

        using var document = JsonDocument.Parse((await engine.Drift.GetBaselineAsync("diabetes", "1", default)).Value);
        Assert.Equal(report.Baseline.Hash, document.RootElement.GetProperty("hash").GetString());
        Assert.Null((await engine.Drift.DeleteBaselineAsync("diabetes", "1", default)).Error);
        Assert.Equal(ErrorCode.NotFound, (await engine.Drift.GetDriftAsync("diabetes", "1", default)).Error!.Code);
        Assert.Equal(ErrorCode.NotFound, (await engine.Drift.DeleteBaselineAsync("diabetes", "1", default)).Error!.Code);

        async Task<bool> IsListedAsync() => (await engine.Drift.ListAsync(default)).Value.Any(r => r.Model == "diabetes" && r.Baseline!.Hash == report.Baseline.Hash);
    }

    [Fact]
    public async Task Drift_Learn_TakesTheNextRowsAsBaseline()
    {
        var engine = await EngineAsync();
        var order = await engine.Drift.PutBaselineAsync("digits", "1", "{\"learn\":{\"requests\":6}}"u8.ToArray(), BaselineFormat.Json, default);
        Assert.Equal(new LearningProgress(6, 0), order.Value.Learning);

        (await InferAsync(Request("digits", "1", Floats("image", [4, 1, 8, 8])))).Value.Dispose();
        Assert.Contains("\"seen\":4", Encoding.UTF8.GetString((await engine.Drift.GetBaselineAsync("digits", "1", default)).Value.Span));
        (await InferAsync(Request("digits", "1", Floats("image", [4, 1, 8, 8])))).Value.Dispose();
        using var document = JsonDocument.Parse((await engine.Drift.GetBaselineAsync("digits", "1", default)).Value);
        Assert.True(document.RootElement.TryGetProperty("hash", out _));
        Assert.Null((await engine.Drift.DeleteBaselineAsync("digits", "1", default)).Error);
    }

    [Theory]
    [InlineData("nope", "1", "{}", ErrorCode.ModelNotFound)]
    [InlineData("iris", "9", "{}", ErrorCode.VersionNotFound)]
    [InlineData("digits", "1", "{\"columns\": {\"nothing\": [1, 2]}}", ErrorCode.InvalidRequest)]
    [InlineData("digits", "1", "{\"learn\": {\"requests\": 0}}", ErrorCode.InvalidRequest)]
    public async Task Drift_BadBaseline_IsRefused(string model, string version, string body, ErrorCode code)
    {
        var engine = await EngineAsync();
        var outcome = await engine.Drift.PutBaselineAsync(model, version, Encoding.UTF8.GetBytes(body), BaselineFormat.Json, default);

        Assert.Equal(code, outcome.Error!.Code);
    }

    [Fact]
    public async Task Feedback_EarlyLateTwiceAndUnknown_IsJoinedByRequestId()
    {
        var engine = await EngineAsync();
        var (a, b) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
        var before = (await engine.Quality.GetQualityAsync("iris", "2", default)).Value;
        Assert.Equal(new FeedbackReceipt(0, 0, 1, 0, 0), await PostAsync(engine, "iris", new Feedback(b, 0, "virginica", null)));
        var labels = await LabelsAsync(engine, Iris("2", id: a));
        await LabelsAsync(engine, Iris("2", id: b));

        var noon = DateTimeOffset.UtcNow;
        Assert.Equal(new FeedbackReceipt(2, 1, 1, 2, 0), await PostAsync(engine, "iris",
            new Feedback(a, 0, labels[0], noon), new Feedback(a, 1, "none of them", noon), new Feedback(a, 0, "other", noon.AddHours(-1)),
            new Feedback(a, 1, labels[1], noon.AddHours(1)), new Feedback(a, 1, labels[1], noon.AddHours(1)), new Feedback($"{Guid.NewGuid()}", 0, "setosa", noon)));

        var after = (await engine.Quality.GetQualityAsync("iris", "2", default)).Value;
        Assert.Equal(("iris", "2", QualityTask.Classification), (after.Model, after.Version, after.Task));
        Assert.Equal(
            (4L, 3L, 3L, 1L),
            (after.Feedback.Answered - before.Feedback.Answered, after.Feedback.Joined - before.Feedback.Joined, after.SinceLoad.Count - before.SinceLoad.Count,
                after.Feedback.Waiting - before.Feedback.Waiting));
        Assert.Equal(after.Window.Count, after.Window.Confusion!.Counts.Sum(row => row.Sum()));
    }

    [Fact]
    public async Task Feedback_Regression_HasItsErrorsAndRefusesWords()
    {
        var engine = await EngineAsync();
        var id = $"{Guid.NewGuid()}";
        using (var answer = (await InferAsync(new InferenceRequest { Model = "diabetes", Id = id, Inputs = [Floats("features", [2, 10])] })).Value)
        {
            var value = MemoryMarshal.Read<float>(answer.Outputs[0].Data.Span);
            Assert.Equal(
                new FeedbackReceipt(1, 0, 0, 0, 1),
                await PostAsync(engine, "diabetes", new Feedback(id, 0, FormattableString.Invariant($"{value + 7.5}"), null), new Feedback(id, 1, "many", null)));
        }

        var quality = (await engine.Quality.GetQualityAsync("diabetes", "1", default)).Value;
        Assert.Equal((QualityTask.Regression, 1L), (quality.Task, quality.Window.Count));
        Assert.Equal(7.5, quality.Window.MeanAbsoluteError!.Value, 1e-3);
        Assert.Null(quality.Window.Accuracy);
    }

    [Fact]
    public async Task Feedback_UnknownModelOrVersion_IsRefused()
    {
        var engine = await EngineAsync();

        Assert.Equal(ErrorCode.ModelNotFound, (await engine.Quality.PostFeedbackAsync("nope", [new Feedback("a", 0, "x", null)], default)).Error!.Code);
        Assert.Equal(ErrorCode.ModelNotFound, (await engine.Quality.GetQualityAsync("nope", "1", default)).Error!.Code);
        Assert.Equal(ErrorCode.VersionNotFound, (await engine.Quality.GetQualityAsync("iris", "9", default)).Error!.Code);
    }

    [Fact]
    public async Task Rollout_TruthsFindTheNewVersionWrong_IsRolledBack()
    {
        var status = await RollOutAsync(new RolloutGuards { Quality = new QualityGuardSpec(0.02) }, (version, answer) => version == "2" ? "none of them" : answer);

        Assert.Equal(RolloutPhase.RolledBack, status.State);
        Assert.StartsWith("quality: the evidence of harm is", status.Log[^1].Reason);
        Assert.Equal((0.0, 1.0), (status.Canary.Accuracy, status.Stable.Accuracy));
    }

    [Fact]
    public async Task Rollout_DriftAndTruthsFindNothing_TakesAllTraffic()
    {
        var status = await RollOutAsync(new RolloutGuards { Drift = true, Quality = new QualityGuardSpec(0.02) }, (_, answer) => answer);

        Assert.Equal(RolloutPhase.Completed, status.State);
        Assert.True(status.Canary.Truths >= 30, $"{status.Canary.Truths}");
    }

    /// <summary>Rolls version 2 of iris out at the half of the traffic until it is decided, and puts things back.</summary>
    /// <param name="guards">What watches.</param>
    /// <param name="truth">What feedback says was right, by version and answer.</param>
    private async Task<RolloutStatus> RollOutAsync(RolloutGuards guards, Func<string, string, string> truth)
    {
        var engine = await EngineAsync();
        Assert.Null((await engine.Traffic.PutAsync("iris", new TrafficDocument { Variants = [new TrafficVariant("1", 100, "stable")] }, null, default)).Error);
        try
        {
            var spec = new RolloutSpec { To = "2", Steps = [50, 100], StepSeconds = 0, StepRequests = 40, Alpha = 0.01, Guards = guards };
            Assert.Null((await engine.Traffic.StartRolloutAsync("iris", spec, default)).Error);
            for (var until = DateTime.UtcNow.AddMinutes(1); DateTime.UtcNow < until;)
            {
                var status = (await engine.Traffic.GetRolloutAsync("iris", default)).Value;
                if (status.State != RolloutPhase.Running) return status;
                var id = $"{Guid.NewGuid()}";
                var version = "";
                var label = (await LabelsAsync(engine, Iris(null, id: id), answer => version = answer.Version))[0];
                Assert.Equal(1, (await PostAsync(engine, "iris", new Feedback(id, 0, truth(version, label), null))).Joined);
            }

            return (await engine.Traffic.GetRolloutAsync("iris", default)).Value;
        }
        finally
        {
            await engine.Traffic.RollBackAsync("iris", default);
            await engine.Traffic.DeleteAsync("iris", null, default);

            // A client hears of it within a second.
            for (var i = 0; i < 50 && !await IsAsBeforeAsync(engine); i++) await Task.Delay(100);
        }
    }

    private static async Task<bool> IsAsBeforeAsync(IServingEngine engine)
    {
        using var answer = (await engine.InferAsync(Iris(null), default)).Value;
        return answer.Route.Reason == RouteReason.Only && engine.Models.GetMetadata("iris", null).Value.Version == "2";
    }

    private static async Task<FeedbackReceipt> PostAsync(IServingEngine engine, string model, params Feedback[] truths) =>
        (await engine.Quality.PostFeedbackAsync(model, truths, default)).Value;

    private static async Task<List<string>> LabelsAsync(IServingEngine engine, InferenceRequest request, Action<InferenceResponse>? see = null)
    {
        using var answer = (await engine.InferAsync(request, default)).Value;
        see?.Invoke(answer);
        var labels = new List<string>();
        for (var rest = answer.Outputs[0].Data.Span; rest.Length > 0; rest = rest[(4 + MemoryMarshal.Read<int>(rest))..])
            labels.Add(Encoding.UTF8.GetString(rest.Slice(4, MemoryMarshal.Read<int>(rest))));
        return labels;
    }

    [Fact]
    public async Task Shadow_GetsCopies_AndIsComparedWithTheAnswers()
    {
        const int Requests = 40;
        var engine = await EngineAsync();
        Assert.Equal(ErrorCode.ModelNotFound, (await engine.Traffic.GetShadowsAsync("nope", default)).Error!.Code);
        Assert.Empty((await engine.Traffic.GetShadowsAsync("iris", default)).Value);
        for (var round = 0; round < 2; round++)
        {
            // Made a shadow anew it is compared anew.
            var put = await engine.Traffic.PutAsync("iris", new TrafficDocument { Variants = [new("1", 100)], Shadows = [new("2", 100)] }, null, default);
            try
            {
                // In force wherever requests may go: twenty in a row say so. The shadow's own answers have no shadow.
                await UntilAsync(async () =>
                {
                    for (var i = 0; i < 20; i++)
                    {
                        using var answer = (await InferAsync(Iris("2"))).Value;
                        if (answer.Route.Epoch != put.Value.Epoch) return false;
                    }

                    return true;
                });
                Assert.Equal(0, Assert.Single((await engine.Traffic.GetShadowsAsync("iris", default)).Value).Sent);
                for (var i = 0; i < Requests; i++) (await InferAsync(Iris(version: null))).Value.Dispose();
                await UntilAsync(async () => await ReadAsync() is var read && read.Sent + read.Dropped == Requests && read.Compared + read.Failed == read.Sent);

                var shadow = await ReadAsync();
                Assert.Equal(("2", 100.0, 0L), (shadow.Version, shadow.Percent, shadow.Failed));
                Assert.InRange(shadow.Compared, 1, Requests);
                Assert.Equal(shadow.Compared, shadow.Agreed);
                Assert.Equal(["label", "scores"], shadow.Outputs.Select(o => o.Name));
                Assert.All(shadow.Outputs, o => Assert.Equal((2 * shadow.Compared, 2 * shadow.Compared, 0L), (o.Compared, o.Agreed, o.Mismatched)));
                Assert.InRange(shadow.Outputs[1].MaxAbsDifference!.Value, 1e-6, 0.5);
                Assert.InRange(shadow.Outputs[1].MeanAbsDifference!.Value, 1e-6, shadow.Outputs[1].MaxAbsDifference!.Value);
                Assert.True(shadow is { Primary.P50Ms: > 0, Shadow.MaxMs: > 0 });
            }
            finally
            {
                await engine.Traffic.DeleteAsync("iris", null, default);
                await UntilAsync(() => Task.FromResult(engine.Models.GetMetadata("iris", null).Value.Version == "2"));
            }

            Assert.Empty((await engine.Traffic.GetShadowsAsync("iris", default)).Value);
        }

        async Task<ShadowReport> ReadAsync() => Assert.Single((await engine.Traffic.GetShadowsAsync("iris", default)).Value);
    }

    /// <summary>Waits for what comes in its own time: shadows run behind the answers, and a client hears of changes within a second.</summary>
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Assert.True(i < 200, "What was waited for has not come in ten seconds.");
            await Task.Delay(50);
        }
    }

    private static InferenceRequest Iris(string? version, string[]? outputs = null, string id = "request-1") => new()
    {
        Model = "iris",
        Version = version,
        Id = id,
        Inputs = [new Tensor("input", TensorType.Fp32, [2, 4], MemoryMarshal.AsBytes<float>([5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.0f, 5.2f, 2.3f]).ToArray())],
        Outputs = [.. (outputs ?? []).Select(o => new RequestedOutput(o))],
    };

    private static InferenceRequest Request(string model, string? version, params Tensor[] inputs) =>
        new() { Model = model, Version = version, Id = "request-1", Inputs = inputs };

    private static Tensor Floats(string name, long[] shape) =>
        new(name, TensorType.Fp32, shape, new byte[TensorShape.ElementCount(shape) * 4]);

    private async Task<Outcome<InferenceResponse>> InferAsync(InferenceRequest request) =>
        await (await EngineAsync()).InferAsync(request, CancellationToken.None);
}
