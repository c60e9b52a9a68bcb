using System.Text;
using Gateway.OpenInference;
using Serving.Inference;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>
/// One input in the making. The body says no shapes: the nesting of the first value says what all others must have.
/// Dimension 0 is counted by whoever reads rows, or is the outermost array where an input comes whole.
/// </summary>
internal sealed class TensorDraft
{
    private readonly TensorSignature signature;
    private readonly ElementColumn column;
    private readonly long[] sizes = new long[ShapeReader.MaxRank];
    private int rank = -1;
    private int deepest;

    public TensorDraft(TensorSignature signature)
    {
        this.signature = signature;
        column = ElementColumn.Of(signature.Type);
        Utf8Name = Encoding.UTF8.GetBytes(signature.Name);
        sizes.AsSpan().Fill(-1);
    }

    public string Name => signature.Name;

    public bool Optional => signature.Optional;

    public byte[] Utf8Name { get; }

    /// <summary>Values read: rows, or 1 for an input that comes whole.</summary>
    public int Values { get; set; }

    /// <summary>Reads one value: an element, or arrays nested evenly and as those before.</summary>
    /// <param name="state">At the value; on success behind it.</param>
    /// <param name="path">The value, for sentences.</param>
    /// <param name="depth">Dimensions around the value: 1 for a row's, 0 for an input that comes whole.</param>
    public bool Read(ref BodyState state, FieldPath path, int depth)
    {
        var token = state.Cursor.Peek();
        if (token == 0) return state.Cursor.Fail("a value");
        if (token != (byte)'[') return ReadElement(ref state, path, depth);
        if (depth == rank) return Ragged(ref state, path);
        if (depth == sizes.Length) return state.Invalid($"{path} has more than {sizes.Length} levels of nesting");
        state.Cursor.Position++;
        deepest = Math.Max(deepest, depth + 1);
        if (rank >= 0 && deepest > rank) return Ragged(ref state, path);
        var first = true;
        var count = 0L;
        for (; state.Cursor.NextElement(ref first); count++)
            if (!Read(ref state, path, depth + 1)) return false;
        if (state.Cursor.Expected is not null) return false;
        if (sizes[depth] < 0) sizes[depth] = count;
        return sizes[depth] == count || state.Invalid(
            $"{path} is ragged: dimension {depth} of input '{Name}' has {count} elements where it had {sizes[depth]} before");
    }

    /// <summary>Reads a feature's value: an element or one array of them, which are the same for one element.</summary>
    public bool ReadFeature(ref BodyState state, FieldPath path)
    {
        if (state.Cursor.Peek() == (byte)'[') return Read(ref state, path, 1);
        if (!ReadElement(ref state, path, 2)) return false;
        deepest = 2;
        if (sizes[1] < 0) sizes[1] = 1;
        return sizes[1] == 1 || state.Invalid($"{path} is ragged: it has one element where those before have {sizes[1]}");
    }

    /// <summary>The tensor as it was nested.</summary>
    /// <param name="rows">Dimension 0, where rows were read.</param>
    public Tensor ToTensor(int? rows)
    {
        if (rows is { } count) sizes[0] = count;
        var dimensions = rank < 0 ? Math.Max(deepest, rows is null ? 0 : 1) : rank;
        return new Tensor(Name, signature.Type, sizes[..dimensions], column.Data);
    }

    /// <summary>The tensor of features, each row in the signature's shape where it has as many elements as that.</summary>
    public Tensor ToFeatures(int rows)
    {
        var tensor = ToTensor(rows);
        var width = tensor.Shape.Length > 1 ? tensor.Shape[1] : 1;
        return tensor.Shape.Length <= 2 && FitRow(width) is { } row ? tensor with { Shape = [rows, .. row] } : tensor;
    }

    /// <summary>The signature's shape without its first dimension, with so many elements; null when it cannot have them.</summary>
    private long[]? FitRow(long width)
    {
        if (signature.Shape.Count == 0) return null;
        long[] row = [.. signature.Shape.Skip(1)];
        var known = 1L;
        var open = -1;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] >= 0) known *= row[i];
            else if (open >= 0) return null;
            else open = i;
        }

        if (open < 0) return known == width ? row : null;
        if (known == 0 || width % known != 0) return null;
        row[open] = width / known;
        return row;
    }

    private bool ReadElement(ref BodyState state, FieldPath path, int depth)
    {
        if (rank < 0 && deepest <= depth) rank = depth;
        if (rank != depth) return Ragged(ref state, path);
        var fault = column.Read(ref state);
        return fault == DataFault.None || Fail(ref state, path, fault);
    }

    private bool Ragged(ref BodyState state, FieldPath path) =>
        state.Invalid($"{path} is ragged: the values of input '{Name}' are not all nested equally deep");

    private bool Fail(ref BodyState state, FieldPath path, DataFault fault)
    {
        ref var cursor = ref state.Cursor;
        if (fault == DataFault.Malformed) return cursor.Fail($"a valid element of {path}, ',' or ']'");
        var element = TensorDataReader.Excerpt(cursor.Text[cursor.Position..]);
        var type = signature.Type.Name();
        return state.Invalid(fault switch
        {
            DataFault.OutOfRange when signature.Type == TensorType.Bytes => $"{path} has a b64 that is not base64",
            DataFault.OutOfRange => $"{path} holds {element}, which is outside the range of {type}",
            DataFault.NotIntegral => $"{path} holds {element}, but input '{Name}' is {type}, which holds whole numbers",
            DataFault.NotUnicode => $"{path} is not valid Unicode text; send bytes as {{\"b64\": \"...\"}}",
            _ => $"{path} holds {element}, but input '{Name}' is {type}",
        });
    }
}
