using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving.Drift.Observing;
using Serving.Drift.Quality;

namespace Grains.Drift.Quality;

/// <summary>
/// Takes what versions answered in this silo to their models' <see cref="QualityGrain"/>, where truths find it: once a second, and when
/// asked. What was not confirmed is sent again; there it counts once.
/// </summary>
internal sealed class AnswerPost(IGrainFactory grains, ILocalSiloDetails silo, TimeProvider clock, ILogger<AnswerPost> log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, AnswerBox> boxes = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<ObservationLayout, LayoutReader> readers = new();
    private readonly long incarnation = clock.GetUtcNow().UtcTicks;

    /// <summary>Takes the answers out of an observation whose layout has some.</summary>
    public void Take(in Observation observation)
    {
        var layout = observation.Tap.Layout;
        lock (gate)
        {
            if (!readers.TryGetValue(layout, out var reader)) readers.Add(layout, reader = new LayoutReader(layout));
            if (!boxes.TryGetValue(layout.Model, out var box)) boxes[layout.Model] = box = new AnswerBox();
            reader.Rows.Load(observation);
            var id = observation.Id;
            for (var row = 0; row < observation.Rows; row++)
            {
                if (!reader.Answers.TryRead(reader.Rows, row, id, out var answer)) return;
                var instance = new Instance(answer.Key, observation.At)
                {
                    Answer = answer.ToAnswer(), Version = layout.Version, AnsweredAt = observation.At, Draw = observation.Draw,
                };
                if (!box.TryAdd(instance) && box.Lost == 1) ClusterLog.CountsLost(log, $"answers of model '{layout.Model}' wait for a quality grain that does not take them");
            }
        }
    }

    /// <summary>Sends what was answered so far by a model's versions, and that this was all; done once it is taken.</summary>
    public Task FlushAsync(string model)
    {
        AnswerBox? box;
        lock (gate) box = boxes.GetValueOrDefault(model);
        return box is null ? Task.CompletedTask : SendAsync(model, box, wait: true, isLast: false);
    }

    /// <summary>Sends what is new; what is still on its way is not waited for.</summary>
    public void FlushAll()
    {
        foreach (var (model, box) in All()) _ = SendAsync(model, box, wait: false, isLast: false);
    }

    /// <summary>Sends the rest: nothing more will be answered here.</summary>
    public Task EndAsync() => Task.WhenAll(All().Select(one => SendAsync(one.Key, one.Value, wait: true, isLast: true)));

    private KeyValuePair<string, AnswerBox>[] All()
    {
        lock (gate) return [.. boxes];
    }

    private async Task SendAsync(string model, AnswerBox box, bool wait, bool isLast)
    {
        if (wait) await box.Sending.WaitAsync();
        else if (!box.HasNews || !box.Sending.Wait(0)) return;
        try
        {
            // What was not taken before goes first, by itself.
            for (var more = true; more;)
            {
                SentInstances sent;
                lock (gate)
                {
                    sent = new SentInstances
                    {
                        Node = silo.Name, Silo = silo.SiloAddress, Incarnation = incarnation, Instances = box.Take(), Until = clock.GetUtcNow(),
                        IsLast = isLast && !box.HasMore,
                    };
                }

                if (!await grains.GetGrain<IQualityGrain>(model).Take(sent)) return;
                lock (gate)
                {
                    more = box.HasMore;
                    box.Forget();
                }
            }
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // The same again with the next flush.
        }
        finally
        {
            box.Sending.Release();
        }
    }

    private sealed class LayoutReader(ObservationLayout layout)
    {
        public RowReader Rows { get; } = new(layout);

        public AnswerReader Answers { get; } = new(layout.Judged!, layout.Watched);
    }
}
