using System.Globalization;

namespace Grains.Replicas;

/// <summary>A replica's name: <c>model/version/ordinal</c>. A model's name holds no slash, being a folder's.</summary>
/// <param name="Model">The model.</param>
/// <param name="Version">The version's number.</param>
/// <param name="Ordinal">Which copy; free again once the copy is gone.</param>
public readonly record struct ReplicaKey(string Model, string Version, int Ordinal)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}/{Version}/{Ordinal}");

    public static ReplicaKey Parse(string key)
    {
        var parts = key.Split('/');
        return new ReplicaKey(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
