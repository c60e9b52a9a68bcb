using System.IO.Hashing;
using System.Text;

namespace Grains.Replicas;

/// <summary>Highest random weight: each thing ranks all silos its own way, and a silo that comes or goes moves only its share.</summary>
internal static class Rendezvous
{
    public static ulong Score(string thing, string silo) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{thing}\n{silo}"));
}
