using System.Buffers.Binary;
using Serving.Inference;

namespace Serving.Drift.Observing;

/// <summary>Reads the features of an observation row by row. Holds one observation at a time; one thread only.</summary>
internal sealed class RowReader
{
    private readonly int[] starts;
    private readonly int[] columns;
    private readonly List<int>[] texts;
    private readonly (int Row, RowSummary Summary)[] summaries;
    private Observation observation;

    public RowReader(ObservationLayout layout)
    {
        Layout = layout;
        starts = new int[layout.Slots.Length];
        columns = new int[layout.Slots.Length];
        texts = Array.ConvertAll(layout.Slots, _ => new List<int>());
        summaries = new (int, RowSummary)[layout.Slots.Length];
    }

    /// <summary>What its observations hold.</summary>
    public ObservationLayout Layout { get; }

    /// <summary>Makes an observation of this layout the present one.</summary>
    public void Load(in Observation next)
    {
        observation = next;
        var at = next.Start + (Layout.Slots.Length * sizeof(int));
        for (var i = 0; i < Layout.Slots.Length; i++)
        {
            var length = next.LengthOf(i);
            starts[i] = at;
            summaries[i].Row = -1;
            columns[i] = length < 0 ? -1 : CountElements(i, at, length) / Math.Max(1, next.Rows);
            at += Math.Max(0, length);
        }
    }

    /// <summary>How long the answer took.</summary>
    public double LatencyMs => observation.Latency.TotalMilliseconds;

    /// <summary>Whether the tensor was sent, or asked for.</summary>
    public bool IsThere(int source) => columns[Layout.SlotOf[source]] >= 0;

    /// <summary>The row's value of a numeric feature; false when it has none.</summary>
    public bool TryNumber(int source, int row, out double value)
    {
        var (feature, slot) = (Layout.Sources[source], Layout.SlotOf[source]);
        value = 0;
        if (feature.Part == SourcePart.Number)
        {
            if (feature.Column >= columns[slot]) return false;
            value = Element(slot, (row * columns[slot]) + feature.Column);
            return true;
        }

        if (columns[slot] <= 0) return false;
        ref var kept = ref summaries[slot];
        if (kept.Row != row) kept = (row, Summarise(slot, row));
        value = feature.Part switch
        {
            SourcePart.Mean => kept.Summary.Mean,
            SourcePart.Deviation => kept.Summary.Deviation,
            SourcePart.Minimum => kept.Summary.Minimum,
            SourcePart.Maximum => kept.Summary.Maximum,
            _ => kept.Summary.Zeros,
        };
        return true;
    }

    /// <summary>The row's value of a categorical feature in UTF-8; false when it has none.</summary>
    public bool TryText(int source, int row, out ReadOnlySpan<byte> utf8)
    {
        var (feature, slot) = (Layout.Sources[source], Layout.SlotOf[source]);
        utf8 = default;
        if (feature.Column >= columns[slot]) return false;
        if (feature.Part == SourcePart.Largest)
        {
            utf8 = feature.Classes[Largest(slot, row, Math.Min(columns[slot], feature.Classes.Length))];
            return true;
        }

        var start = texts[slot][(row * columns[slot]) + feature.Column];
        utf8 = observation.Block.AsSpan(start, BinaryPrimitives.ReadInt32LittleEndian(observation.Block.AsSpan(start - sizeof(int))));
        return true;
    }

    /// <summary>Which of the row's first so many numbers is the largest.</summary>
    public bool TryLargest(int source, int row, int classes, out int largest)
    {
        var slot = Layout.SlotOf[source];
        largest = columns[slot] > 0 ? Largest(slot, row, Math.Min(columns[slot], classes)) : 0;
        return columns[slot] > 0;
    }

    private int CountElements(int slot, int start, int length)
    {
        var type = Layout.Slots[slot].Type;
        if (type != TensorType.Bytes) return length / type.Size();
        var offsets = texts[slot];
        offsets.Clear();
        var end = start + length;
        while (start + sizeof(int) <= end)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(observation.Block.AsSpan(start));
            start += sizeof(int);
            if (size < 0 || size > end - start) break;
            offsets.Add(start);
            start += size;
        }

        return offsets.Count;
    }

    private int Largest(int slot, int row, int classes)
    {
        var (best, largest) = (0, double.NegativeInfinity);
        for (var c = 0; c < classes; c++)
        {
            if (Element(slot, (row * columns[slot]) + c) is var score && score > largest) (best, largest) = (c, score);
        }

        return best;
    }

    private RowSummary Summarise(int slot, int row)
    {
        var summary = new RowSummary();
        for (var c = 0; c < columns[slot]; c++) summary.Add(Element(slot, (row * columns[slot]) + c));
        return summary;
    }

    private double Element(int slot, int index)
    {
        var type = Layout.Slots[slot].Type;
        var bytes = observation.Block.AsSpan(starts[slot] + (index * type.Size()));
        return type switch
        {
            TensorType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            TensorType.Fp64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            TensorType.Bool or TensorType.UInt8 => bytes[0],
            TensorType.Int8 => (sbyte)bytes[0],
            TensorType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            TensorType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            TensorType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            TensorType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            TensorType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            TensorType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            TensorType.Fp16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        };
    }
}
