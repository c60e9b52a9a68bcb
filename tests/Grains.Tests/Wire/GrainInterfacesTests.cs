using System.Reflection;

namespace Grains.Tests.Wire;

/// <summary>
/// What crosses machines, by rule: no bare memory or arrays of bytes (each a copy or worse, even inside a silo), every value sealed,
/// immutable and with a name of its own that a rename does not change.
/// </summary>
public sealed class GrainInterfacesTests
{
    private static readonly Assembly Interfaces = typeof(Blob).Assembly;

    public static TheoryData<string> Methods =>
        [.. GrainInterfaces().SelectMany(i => i.GetMethods().Select(m => $"{i.FullName}.{m.Name}({string.Join(',', m.GetParameters().Select(p => p.ParameterType.Name))})"))];

    [Fact]
    public void GrainInterfaces_AreFound() => Assert.InRange(GrainInterfaces().Count(), 5, 50);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_CarriesNoBareBytes(string method)
    {
        var found = GrainInterfaces().SelectMany(i => i.GetMethods()).Single(m => method ==
            $"{m.DeclaringType!.FullName}.{m.Name}({string.Join(',', m.GetParameters().Select(p => p.ParameterType.Name))})");
        var types = found.GetParameters().Select(p => p.ParameterType).Append(found.ReturnType).SelectMany(Parts).ToArray();

        Assert.DoesNotContain(types, t => t == typeof(byte[]) || t == typeof(ReadOnlyMemory<byte>) || t == typeof(Memory<byte>) || t == typeof(ArraySegment<byte>));
    }

    [Fact]
    public void Methods_HaveNamesThatStay() => Assert.All(
        GrainInterfaces().SelectMany(i => i.GetMethods()), m => Assert.NotNull(m.GetCustomAttribute<AliasAttribute>()));

    [Fact]
    public void Values_AreSealedImmutableAndNamed()
    {
        var values = SentValues.Types(Interfaces).ToArray();

        Assert.All(values, t =>
        {
            Assert.True(t.IsSealed, t.Name);
            Assert.NotNull(t.GetCustomAttribute<ImmutableAttribute>());
            Assert.NotNull(t.GetCustomAttribute<AliasAttribute>());
        });
        Assert.Equal(values.Length, values.Select(t => t.GetCustomAttribute<AliasAttribute>()!.Alias).Distinct().Count());
    }

    private static IEnumerable<Type> GrainInterfaces() =>
        Interfaces.GetTypes().Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t));

    private static IEnumerable<Type> Parts(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() != typeof(ReadOnlyMemory<>)
        && type.GetGenericTypeDefinition() != typeof(Memory<>) && type.GetGenericTypeDefinition() != typeof(ArraySegment<>)
        ? type.GetGenericArguments().SelectMany(Parts).Append(type)
        : [type];
}
