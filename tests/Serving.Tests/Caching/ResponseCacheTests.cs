using Serving.Batching;
using Serving.Caching;
using Serving.Inference;

namespace Serving.Tests.Caching;

public sealed class ResponseCacheTests
{
    private readonly object version = new();
    private readonly ResponseCache cache = new(1 << 20);

    [Fact]
    public void Find_SameInputs_GivesTheKeptOutputs()
    {
        Assert.Null(cache.Find(version, Request(1, 2, 3)));
        Keep(Request(1, 2, 3), 9);

        Assert.Equal(9, cache.Find(version, Request(1, 2, 3))![0].Data.Span[0]);
    }

    [Fact]
    public void Find_AnythingElse_GivesNothing()
    {
        Keep(Request(1, 2, 3), 9);

        Assert.Null(cache.Find(version, Request(1, 2, 4)));
        Assert.Null(cache.Find(version, Request([1, 2, 3], shape: [3, 1])));
        Assert.Null(cache.Find(version, Request([1, 2, 3], output: 1)));
        Assert.Null(cache.Find(version, Request([1, 2, 3], type: TensorType.Int8)));
        Assert.Null(cache.Find(new object(), Request(1, 2, 3)));
    }

    [Fact]
    public void Find_AnotherRequestOfTheSameHash_GivesNothing()
    {
        var kept = Request(1, 2, 3);
        Assert.Null(cache.Find(version, kept));
        var other = Request(4, 5, 6);
        cache.Find(version, other);
        kept.InputHash = other.InputHash;
        cache.Keep(version, kept, Outputs(9));

        Assert.Null(cache.Find(version, Request(4, 5, 6)));
    }

    [Fact]
    public void Keep_CopiesWhatItKeeps()
    {
        byte[] data = [1, 2, 3], output = [9];
        var request = Request(data);
        cache.Find(version, request);
        cache.Keep(version, request, [new Tensor("y", TensorType.UInt8, [1], output)]);
        (data[0], output[0]) = (7, 7);

        Assert.Equal(9, cache.Find(version, Request(1, 2, 3))![0].Data.Span[0]);
    }

    [Fact]
    public void Keep_PastTheBound_DropsTheLeastRecentlyUsed()
    {
        var small = new ResponseCache(3 * 600);
        for (byte i = 0; i < 3; i++) Keep(small, Request(i), i);
        Assert.NotNull(small.Find(version, Request(0)));

        for (byte i = 3; i < 5; i++) Keep(small, Request(i), i);

        Assert.NotNull(small.Find(version, Request(0)));
        Assert.Null(small.Find(version, Request(1)));
        Assert.True(small.Bytes <= 3 * 600);
    }

    [Fact]
    public void Keep_LargerThanTheBound_KeepsNothing()
    {
        var small = new ResponseCache(600);
        Keep(small, Request(new byte[600]), 1);

        Assert.Equal(0, small.Bytes);
    }

    [Fact]
    public void Drop_ForgetsTheVersionAndNoOther()
    {
        var other = new object();
        Keep(Request(1), 1);
        var kept = Request(1);
        cache.Find(other, kept);
        cache.Keep(other, kept, Outputs(2));

        cache.Drop(version);

        Assert.Null(cache.Find(version, Request(1)));
        Assert.NotNull(cache.Find(other, Request(1)));
    }

    [Fact]
    public void KeepAndFind_AtRandom_AgreeWithADictionaryAndKeepTheBound()
    {
        var random = new Random(5);
        var small = new ResponseCache(20_000);
        for (var i = 0; i < 20_000; i++)
        {
            var data = new byte[random.Next(1, 40)];
            data[0] = (byte)random.Next(60);
            var request = Request(data);
            if (small.Find(version, request) is { } found) Assert.Equal((byte)(data[0] + data.Length), found[0].Data.Span[0]);
            else small.Keep(version, request, Outputs((byte)(data[0] + data.Length)));
            Assert.InRange(small.Bytes, 0, 20_000);
        }
    }

    private static Tensor[] Outputs(byte value) => [new Tensor("y", TensorType.UInt8, [1], new[] { value })];

    private static PendingInference Request(params byte[] data) => Request(data, output: 0);

    private static PendingInference Request(byte[] data, int output = 0, long[]? shape = null, TensorType type = TensorType.UInt8)
    {
        Tensor[] inputs = [new("x", type, shape ?? [1, data.Length], data)];
        return new PendingInference
        {
            Request = new InferenceRequest { Model = "m", Id = "r", Inputs = inputs },
            Inputs = inputs, Outputs = [output], Route = default, Rows = 1, Bytes = data.Length, Arrived = 0,
        };
    }

    private void Keep(PendingInference request, byte value) => Keep(cache, request, value);

    private void Keep(ResponseCache into, PendingInference request, byte value)
    {
        into.Find(version, request);
        into.Keep(version, request, Outputs(value));
    }
}
