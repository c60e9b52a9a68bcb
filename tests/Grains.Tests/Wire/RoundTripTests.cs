using Grains.Inference;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Serving.Inference;

namespace Grains.Tests.Wire;

/// <summary>Every value that travels arrives as it was sent, each member of it.</summary>
public sealed class RoundTripTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer(b => b.AddAssembly(typeof(Blob).Assembly)).BuildServiceProvider();

    public static TheoryData<string> Types => [.. SentValues.Types(typeof(Blob).Assembly).Select(t => t.FullName!)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Value_OverTheWire_IsTheSame(string type)
    {
        var sent = SentValues.Make(typeof(Blob).Assembly.GetType(type)!);
        var serializer = Services.GetRequiredService<Serializer>();
        var arrived = serializer.Deserialize<object>(serializer.SerializeToArray(sent));

        Assert.NotSame(sent, arrived);
        Assert.Equal(SentValues.Describe(sent), SentValues.Describe(arrived));
        Assert.DoesNotContain("null", SentValues.Describe(arrived));
    }

    [Fact]
    public void Tensors_OffTheWire_GiveTheirMemoryBack()
    {
        var serializer = Services.GetRequiredService<Serializer>();
        Tensor[] sent = [new("a", TensorType.UInt8, [3], new byte[] { 1, 2, 3 }), new("large", TensorType.UInt8, [TensorPool.LargestBlock + 1], new byte[TensorPool.LargestBlock + 1])];
        var arrived = serializer.Deserialize<SentTensors>(serializer.SerializeToArray(new SentTensors(sent)))!;
        Assert.Equal([1, 2, 3], arrived.Tensors[0].Data.ToArray());
        Assert.Equal(TensorPool.LargestBlock + 1, arrived.Tensors[1].Data.Length);

        arrived.Dispose();
        Assert.Throws<ObjectDisposedException>(() => arrived.Lease!.Rent(1));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Value_InsideASilo_IsNotCopied(string type)
    {
        var sent = SentValues.Make(typeof(Blob).Assembly.GetType(type)!);

        Assert.Same(sent, Services.GetRequiredService<DeepCopier>().Copy(sent));
    }
}
