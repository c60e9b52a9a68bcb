using System.Buffers;
using System.Text;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.OpenInference;

/// <summary>Reads bodies given as text or bytes, in one piece or cut.</summary>
internal static class Bodies
{
    public static readonly InferenceBodyReader Reader = new(ReadLimits.Default, new NameTable(), new TensorPool(1 << 24));

    public static Outcome<ParsedInference> Read(string json) => Read(Encoding.UTF8.GetBytes(json), null);

    public static Outcome<ParsedInference> Read(
        byte[] body, long? headerLength, ModelMetadata? signature = null, bool refer = false) =>
        Reader.Read(Whole(body), headerLength, "m", signature, refer);

    /// <summary>A request with one input, <c>x</c>.</summary>
    public static string Request(string type, string shape, string data) =>
        $$"""{"inputs":[{"name":"x","shape":{{shape}},"datatype":"{{type}}","data":{{data}}}]}""";

    public static ParsedInference MustRead(string json)
    {
        var outcome = Read(json);
        Assert.True(outcome.IsSuccess, outcome.Error?.Message);
        return outcome.Value;
    }

    public static string Error(string json) => Error(Read(json));

    public static string Error(Outcome<ParsedInference> outcome)
    {
        Assert.False(outcome.IsSuccess);
        Assert.Equal(ErrorCode.InvalidRequest, outcome.Error!.Code);
        return outcome.Error.Message;
    }

    /// <summary>JSON of one input, then blobs.</summary>
    public static byte[] Join(string json, params byte[][] blobs) =>
        [.. Encoding.UTF8.GetBytes(json), .. blobs.SelectMany(b => b)];

    public static ReadOnlySequence<byte> Whole(byte[] body) => new(body);

    /// <summary>The same bytes in segments of the given lengths; the rest is the last segment.</summary>
    public static ReadOnlySequence<byte> Cut(byte[] body, params int[] lengths)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, null);
        var last = first;
        var at = 0;
        foreach (var length in lengths)
        {
            var take = Math.Min(length, body.Length - at);
            last = new Segment(body.AsMemory(at, take), last);
            at += take;
        }

        last = new Segment(body.AsMemory(at), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
