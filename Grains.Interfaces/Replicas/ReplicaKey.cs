using System.Globalization;
using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>
/// A replica's name: <c>model/version/ordinal/silo</c>. It says where the replica is, so that nobody has to be asked. A model's name holds no
/// slash, being a folder's.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Version">The version's number.</param>
/// <param name="Ordinal">Which copy; free again once the copy is gone.</param>
/// <param name="Silo">The silo it is on.</param>
public readonly record struct ReplicaKey(string Model, string Version, int Ordinal, SiloAddress Silo)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}/{Version}/{Ordinal}/{Silo.ToParsableString()}");

    public static ReplicaKey Parse(string key)
    {
        var parts = key.Split('/');
        return new ReplicaKey(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture), SiloAddress.FromParsableString(parts[3]));
    }
}
