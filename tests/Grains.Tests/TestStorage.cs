using System.Collections.Concurrent;
using Orleans.Serialization;
using Orleans.Storage;

namespace Grains.Tests;

/// <summary>Grain storage that outlives every silo, as a Redis does, and that can be told to fail.</summary>
internal sealed class TestStorage
{
    private readonly ConcurrentDictionary<string, (byte[] State, string ETag)> rows = new();

    /// <summary>Every read and write fails, as with a Redis that is down.</summary>
    public bool IsDown { get; set; }

    /// <summary>What of a grain cannot be written; null when all can.</summary>
    public string? Refused { get; set; }

    /// <summary>Writes that were refused so.</summary>
    public int Refusals { get; private set; }

    /// <summary>All that is kept, as text, to look for what must not be.</summary>
    public string Text() => string.Join('\n', rows.Select(row => $"{row.Key} {System.Text.Encoding.Latin1.GetString(row.Value.State)}"));

    public IGrainStorage For(Serializer serializer) => new Storage(this, serializer);

    private sealed class Storage(TestStorage all, Serializer serializer) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Check();
            if (!all.rows.TryGetValue(Key(stateName, grainId), out var row)) return Task.CompletedTask;
            grainState.State = serializer.Deserialize<T>(row.State);
            grainState.ETag = row.ETag;
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Check();
            if (stateName == all.Refused)
            {
                all.Refusals++;
                throw new IOException($"the storage does not take {stateName}");
            }

            var next = (serializer.SerializeToArray(grainState.State), Guid.NewGuid().ToString());
            all.rows.AddOrUpdate(Key(stateName, grainId), next, (_, held) => held.ETag == grainState.ETag ? next : throw new InconsistentStateException("stale"));
            grainState.ETag = next.Item2;
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Check();
            all.rows.TryRemove(Key(stateName, grainId), out _);
            return Task.CompletedTask;
        }

        private static string Key(string stateName, GrainId grainId) => $"{stateName}/{grainId}";

        private void Check()
        {
            // Not an exception of Orleans, as those of Redis are not.
            if (all.IsDown) throw new IOException("the storage is down");
        }
    }
}
