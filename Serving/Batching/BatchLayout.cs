using System.Runtime.InteropServices;
using Serving.Inference;

namespace Serving.Batching;

/// <summary>Puts the rows of several requests into one run's inputs, and the run's outputs back into one answer each. The only copy a batch costs.</summary>
internal static class BatchLayout
{
    /// <summary>Joins the requests' inputs along the first dimension.</summary>
    public static Tensor[] Gather(List<PendingInference> batch, int rows, TensorLease lease)
    {
        var first = batch[0].Inputs;
        var joined = new Tensor[first.Length];
        for (var i = 0; i < joined.Length; i++)
        {
            var length = 0;
            foreach (var request in batch) length = checked(length + request.Inputs[i].Data.Length);
            var block = lease.Rent(length);
            var at = 0;
            foreach (var request in batch)
            {
                request.Inputs[i].Data.CopyTo(block[at..]);
                at += request.Inputs[i].Data.Length;
            }

            joined[i] = new Tensor(first[i].Name, first[i].Type, WithRows(first[i].Shape, rows), block);
        }

        return joined;
    }

    /// <summary>
    /// Cuts each output into the requests' rows, without a copy. Fails when an output does not have one row for each row that went in.
    /// </summary>
    public static Outcome<Tensor[][]> Scatter(List<PendingInference> batch, int rows, Tensor[] outputs)
    {
        var answers = new Tensor[batch.Count][];
        for (var r = 0; r < answers.Length; r++) answers[r] = new Tensor[outputs.Length];
        for (var i = 0; i < outputs.Length; i++)
        {
            var output = outputs[i];
            if (output.Shape.Length == 0 || output.Shape[0] != rows)
            {
                return new ServingError(ErrorCode.ModelFailed,
                    $"output '{output.Name}' has shape {TensorShape.Format(output.Shape)} for a batch of {rows} rows, so its rows cannot be told apart; set max_batch_size to 0");
            }

            var bytesPerRow = output.Type == TensorType.Bytes ? 0 : output.Data.Length / rows;
            var rest = output.Data;
            for (var r = 0; r < answers.Length; r++)
            {
                var mine = batch[r].Rows;
                var length = output.Type == TensorType.Bytes
                    ? LengthOf(rest.Span, output.ElementCount / rows * mine)
                    : bytesPerRow * mine;
                answers[r][i] = new Tensor(output.Name, output.Type, WithRows(output.Shape, mine), rest[..length]);
                rest = rest[length..];
            }
        }

        return answers;
    }

    private static long[] WithRows(long[] shape, int rows)
    {
        var copy = (long[])shape.Clone();
        copy[0] = rows;
        return copy;
    }

    private static int LengthOf(ReadOnlySpan<byte> strings, long count)
    {
        var length = 0;
        for (long i = 0; i < count; i++) length += 4 + MemoryMarshal.Read<int>(strings[length..]);
        return length;
    }
}
