using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

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

    [Theory]
    [MemberData(nameof(Types))]
    public void Value_InsideASilo_IsNotCopied(string type)
    {
        var sent = SentValues.Make(typeof(Blob).Assembly.GetType(type)!);

        Assert.Same(sent, Services.GetRequiredService<DeepCopier>().Copy(sent));
    }
}
