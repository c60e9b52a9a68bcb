using System.Buffers;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>A piece of a body that came in pieces.</summary>
internal sealed class FuzzSegment : ReadOnlySequenceSegment<byte>
{
    private FuzzSegment(ReadOnlyMemory<byte> memory, FuzzSegment? previous)
    {
        Memory = memory;
        if (previous is null) return;
        RunningIndex = previous.RunningIndex + previous.Memory.Length;
        previous.Next = this;
    }

    /// <summary>Cuts a body into up to five pieces, some of them perhaps empty.</summary>
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> body, FuzzRandom random)
    {
        var length = random.Below(body.Length + 1);
        var first = new FuzzSegment(body[..length], null);
        var last = first;
        for (var cuts = random.Below(4); cuts > 0; cuts--)
        {
            body = body[length..];
            length = random.Below(body.Length + 1);
            last = new FuzzSegment(body[..length], last);
        }

        last = new FuzzSegment(body[length..], last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
