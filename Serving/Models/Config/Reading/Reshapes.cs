using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Which shapes a tensor can take without changing its elements.</summary>
internal static class Reshapes
{
    /// <summary>
    /// Whether both hold the same number of elements whatever the varying dimensions are: as many of these, in the same order,
    /// and equal products of the fixed ones before, between and after them.
    /// </summary>
    public static bool Agree(ValueList<long> shape, ValueList<long> other) => Pieces(shape).SequenceEqual(Pieces(other));

    private static List<UInt128> Pieces(ValueList<long> shape)
    {
        var pieces = new List<UInt128> { 1 };
        foreach (var dimension in shape)
        {
            if (dimension < 0) pieces.Add(1);
            else if (pieces[^1] <= ulong.MaxValue) pieces[^1] *= (UInt128)dimension;
        }

        return pieces;
    }
}
