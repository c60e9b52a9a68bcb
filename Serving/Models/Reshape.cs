namespace Serving.Models;

/// <summary>
/// One tensor's two shapes. Both are full shapes, the batch dimension included, with -1 where a dimension varies; the varying
/// ones correspond in order.
/// </summary>
/// <param name="Configured">As callers see it.</param>
/// <param name="Model">As the model has it.</param>
internal sealed record Reshape(long[] Configured, long[] Model)
{
    public long[] ToModel(long[] actual) => Map(actual, Configured, Model);

    public long[] FromModel(long[] actual) => Map(actual, Model, Configured);

    private static long[] Map(long[] actual, long[] from, long[] to)
    {
        var result = (long[])to.Clone();
        var at = 0;
        for (var i = 0; i < result.Length; i++)
        {
            if (result[i] >= 0) continue;
            while (at < from.Length && from[at] >= 0) at++;
            result[i] = at < actual.Length ? actual[at++] : 1;
        }

        return result;
    }
}
