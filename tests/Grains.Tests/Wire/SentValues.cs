using System.Reflection;
using Grains.Inference;
using Serving.Inference;

namespace Grains.Tests.Wire;

/// <summary>Makes a value of every type that travels, every member set to something that is not its default.</summary>
internal static class SentValues
{
    /// <summary>The travelling types of an assembly.</summary>
    public static IEnumerable<Type> Types(Assembly assembly) => assembly.GetTypes()
        .Where(t => (t.GetCustomAttribute<GenerateSerializerAttribute>() is not null || t.GetCustomAttribute<ImmutableAttribute>() is not null) && !t.IsEnum)
        .OrderBy(t => t.FullName, StringComparer.Ordinal);

    public static object Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner);
        if (type == typeof(string)) return "text";
        if (type == typeof(bool)) return true;
        if (type == typeof(int)) return 7;
        if (type == typeof(long)) return 1L << 40;
        if (type == typeof(ulong)) return ulong.MaxValue;
        if (type == typeof(double)) return 1.5;
        if (type == typeof(TimeSpan)) return TimeSpan.FromMilliseconds(12.5);
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>([1, 2, 3]);
        if (type == typeof(SiloAddress)) return SiloAddress.New(System.Net.IPAddress.Loopback, 11111, 5);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(1)!;
        if (type == typeof(Dictionary<string, string>)) return new Dictionary<string, string> { ["key"] = "value" };
        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, 2);
            for (var i = 0; i < 2; i++) array.SetValue(Make(type.GetElementType()!), i);
            return array;
        }

        var constructor = type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(c => c.GetParameters() is not [{ } only] || only.ParameterType != type).MaxBy(c => c.GetParameters().Length)!;
        var value = constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType))]);
        foreach (var property in type.GetProperties().Where(p => p.GetCustomAttribute<IdAttribute>() is not null && p.CanWrite))
            property.SetValue(value, Make(property.PropertyType));
        return value;
    }

    /// <summary>Every travelling member as text, recursively: equal texts are equal values.</summary>
    public static string Describe(object? value)
    {
        if (value is null) return "null";
        if (value is ReadOnlyMemory<byte> memory) return Convert.ToHexString(memory.Span);
        if (value is string or SiloAddress || value.GetType().IsPrimitive || value.GetType().IsEnum || value is TimeSpan or DateTimeOffset) return $"{value}";
        if (value is Dictionary<string, string> map) return string.Join(';', map.Select(m => $"{m.Key}={m.Value}"));
        if (value is Array array) return $"[{string.Join(',', array.Cast<object?>().Select(Describe))}]";
        if (value is SentTensors tensors) return Describe(tensors.Tensors);
        if (value is Tensor tensor) return $"{tensor.Name}:{tensor.Type}{Describe(tensor.Shape)}{Describe(tensor.Data)}";
        var members = value.GetType().GetProperties().Where(p => p.GetCustomAttribute<IdAttribute>() is not null);
        return $"{value.GetType().Name}({string.Join(',', members.Select(p => $"{p.Name}={Describe(p.GetValue(value))}"))})";
    }
}
