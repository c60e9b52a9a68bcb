using System.Diagnostics;
using Benchmarks.Load;
using Gateway.Tests.OpenInference.Fuzz;

namespace Benchmarks.OpenInference;

/// <summary>Long runs of the fuzz tests. The last line says what was found.</summary>
internal static class FuzzCommand
{
    public const string Usage = "fuzz readers|numbers [--count N] [--seed S]";

    public static int Run(string? target, Arguments arguments)
    {
        var count = (long)arguments.Number("count", 1e8);
        var seed = (ulong)arguments.Number("seed", 1);
        var clock = Stopwatch.StartNew();
        var fault = target switch
        {
            "readers" => new ReaderFuzz(seed).Run(count, done => Report(done, clock)),
            "numbers" => NumberFuzz.Run(count, seed, done => Report(done, clock)),
            _ => throw new ArgumentException($"fuzz needs a target, not '{target}'"),
        };
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(fault ?? $"fuzz {target}: {count:N0} inputs, seed {seed}: no fault in {seconds:F0} s");
        return fault is null ? 0 : 1;
    }

    private static void Report(long done, Stopwatch clock) =>
        Console.Error.WriteLine($"{done:N0} inputs, {done / clock.Elapsed.TotalSeconds:N0} a second");
}
