namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>How many inputs a fuzz test takes: SERVING_FUZZ_COUNT where it is set.</summary>
internal static class FuzzCount
{
    public static long Or(long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable("SERVING_FUZZ_COUNT"), out var count) ? count : usual;
}
