using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Serving.Drift.Quality;

/// <summary>
/// Instances by key, in the order in which they were first heard of. Nearly all are answers that no truth has come for: those are
/// kept flat, their ids and scores in blocks, so that the garbage collector has nothing to move or to follow for a request. Keys are
/// told apart from when one is first sought, so that a model whose truths nobody sends pays for no index: of instances that were added
/// twice before, the first is the one that is found.
/// </summary>
internal sealed class InstanceStore
{
    private const int LeastEntries = 128;

    /// <summary>As the length of a label: a number has none.</summary>
    private const int NoLabel = -1;

    private Entry[] entries = new Entry[LeastEntries];

    /// <summary>By hash, the newest entry of each chain: its place and one, 0 for none. Twice as many as entries, so that most have one; none without index.</summary>
    private int[] chains = [];
    private InstanceBlock current = new(InstanceBlock.Usual);
    private InstanceBlock? spare;
    private int oldest;

    /// <summary>Whether keys are told apart.</summary>
    public bool IsIndexed { get; private set; }

    public int Count { get; private set; }

    /// <summary>When the oldest instance was first heard of. There must be one.</summary>
    public DateTimeOffset OldestSince => Time(entries[oldest].Since);

    /// <summary>Whether the instance is there, and whether it has an answer.</summary>
    public bool Contains(ReadOnlySpan<char> request, int index, out bool isAnswered)
    {
        var place = PlaceOf(request, index, InstanceKey.HashOf(request, index));
        isAnswered = place >= 0 && entries[place].IsAnswered;
        return place >= 0;
    }

    /// <summary>The instance as an object, which it is from now on; null when it is not there.</summary>
    public Instance? Find(InstanceKey key)
    {
        var place = PlaceOf(key.Request, key.Index, key.GetHashCode());
        return place < 0 ? null : entries[place].Instance ??= ToInstance(entries[place]);
    }

    /// <summary>Adds an instance, which must not be there.</summary>
    public void Add(Instance instance) => Append(instance.Key.Request, instance.Key.Index, instance.Since).Instance = instance;

    /// <summary>Adds an instance that was answered just now, which must not be there.</summary>
    public void Add(string version, in GivenAnswer answer, DateTimeOffset now)
    {
        ref var entry = ref Append(answer.Request, answer.Index, now);
        var length = (answer.Request.Length * sizeof(char)) + (answer.Scores.Length * sizeof(float)) + answer.Label.Length;
        if (current.Free < length)
            current = spare is { } again && again.Free >= length ? again : new InstanceBlock(Math.Max(InstanceBlock.Usual, length));
        if (spare == current)
            spare = null;
        (entry.Block, entry.At, entry.Version, entry.Value) = (current, current.Take(length), version, answer.Value);
        (entry.Length, entry.Scores, entry.Label) = (answer.Request.Length, answer.Scores.Length, answer.HasLabel ? answer.Label.Length : NoLabel);
        answer.Request.CopyTo(entry.Request);
        answer.Scores.CopyTo(entry.ScoreValues);
        answer.Label.CopyTo(entry.LabelBytes);
    }

    /// <summary>Takes the oldest instance out. There must be one.</summary>
    /// <returns>The version that answered, null when none did; and whether its truth is known.</returns>
    public (string? Version, bool IsJudged) Forget()
    {
        ref var entry = ref entries[oldest];
        if (IsIndexed)
            Unlink(oldest);
        var gone = (entry.IsAnswered ? entry.Instance?.Version ?? entry.Version : null, entry.Instance?.Truth is not null);
        if (entry.Block is { } block && block.Release() && block != current && block.IsUsual)
            spare = block;
        entry = default;
        oldest = (oldest + 1) & (entries.Length - 1);
        Count--;
        return gone;
    }

    /// <summary>All, oldest first.</summary>
    public IEnumerable<Instance> All()
    {
        for (var i = 0; i < Count; i++)
        {
            var entry = entries[(oldest + i) & (entries.Length - 1)];
            yield return entry.Instance ?? ToInstance(entry);
        }
    }

    /// <summary>Those that more is known of than an answer, oldest first.</summary>
    public IEnumerable<Instance> Known()
    {
        for (var i = 0; i < Count; i++)
            if (entries[(oldest + i) & (entries.Length - 1)].Instance is { } instance)
                yield return instance;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private static Instance ToInstance(in Entry entry) => new(entry.Key, Time(entry.Since))
    {
        Answer = new Answer(
            entry.Label == NoLabel ? null : Encoding.UTF8.GetString(entry.LabelBytes), entry.Value, entry.Scores == 0 ? null : entry.ScoreValues.ToArray()),
        Version = entry.Version!,
        AnsweredAt = Time(entry.Since),
    };

    private int PlaceOf(ReadOnlySpan<char> request, int index, int hash)
    {
        if (!IsIndexed)
            Index();
        for (var next = chains[hash & (chains.Length - 1)]; next > 0; next = entries[next - 1].Next)
            if (entries[next - 1].Hash == hash && entries[next - 1].Is(request, index))
                return next - 1;
        return -1;
    }

    private ref Entry Append(ReadOnlySpan<char> request, int index, DateTimeOffset since)
    {
        if (Count == entries.Length)
            Grow();
        var place = (oldest + Count++) & (entries.Length - 1);
        ref var entry = ref entries[place];
        (entry.Index, entry.Since) = (index, since.UtcTicks);
        if (!IsIndexed)
            return ref entry;
        entry.Hash = InstanceKey.HashOf(request, index);
        Link(place);
        return ref entry;
    }

    /// <summary>Tells keys apart from now on.</summary>
    private void Index()
    {
        IsIndexed = true;
        chains = new int[2 * entries.Length];
        for (var i = 0; i < Count; i++)
        {
            var place = (oldest + i) & (entries.Length - 1);
            var request = entries[place].Id;
            entries[place].Hash = InstanceKey.HashOf(request, entries[place].Index);
            if (PlaceOf(request, entries[place].Index, entries[place].Hash) < 0)
                Link(place);
        }
    }

    private void Grow()
    {
        var grown = new Entry[(int)BitOperations.RoundUpToPowerOf2((uint)entries.Length + 1)];
        for (var i = 0; i < Count; i++)
            grown[i] = entries[(oldest + i) & (entries.Length - 1)];
        (entries, oldest) = (grown, 0);
        if (IsIndexed)
            Index();
    }

    /// <summary>Takes an entry out of its chain; it is in none when it was there twice.</summary>
    private void Unlink(int place)
    {
        ref var link = ref chains[entries[place].Hash & (chains.Length - 1)];
        while (link > 0)
        {
            if (link == place + 1)
            {
                link = entries[place].Next;
                return;
            }

            link = ref entries[link - 1].Next;
        }
    }

    private void Link(int place)
    {
        ref var chain = ref chains[entries[place].Hash & (chains.Length - 1)];
        entries[place].Next = chain;
        chain = place + 1;
    }

    /// <summary>
    /// An instance as an object, or else an answer: its request's id, its scores and its label are in the block. What it refers to is as old
    /// as the store itself, or is shared by hundreds: the garbage collector finds nothing new in it.
    /// </summary>
    private struct Entry
    {
        public int Hash;
        public int Next;
        public int Index;
        public int At;
        public int Length;
        public int Scores;
        public long Since;
        public double Value;
        public int Label;
        public string? Version;
        public InstanceBlock? Block;
        public Instance? Instance;

        public readonly bool IsAnswered => Instance is null || Instance.Answer is not null;

        public readonly Span<char> Request => MemoryMarshal.Cast<byte, char>(Block!.Bytes.AsSpan(At, Length * sizeof(char)));

        public readonly Span<float> ScoreValues =>
            MemoryMarshal.Cast<byte, float>(Block!.Bytes.AsSpan(At + (Length * sizeof(char)), Scores * sizeof(float)));

        public readonly Span<byte> LabelBytes =>
            Block!.Bytes.AsSpan(At + (Length * sizeof(char)) + (Scores * sizeof(float)), Math.Max(0, Label));

        public readonly ReadOnlySpan<char> Id => Instance is null ? Request : Instance.Key.Request;

        public readonly InstanceKey Key => new(Request.ToString(), Index);

        public readonly bool Is(ReadOnlySpan<char> request, int index) => Index == index && request.SequenceEqual(Id);
    }
}
