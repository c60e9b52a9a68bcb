using System.Globalization;

namespace Benchmarks.Load;

/// <summary>The processor time that other processes have used, by the kernel's accounting (ticks of 10 ms).</summary>
internal static class ProcessCpu
{
    private const double TicksPerSecond = 100;

    /// <summary>User and system seconds of these processes together; ended ones count nothing.</summary>
    public static double Seconds(IReadOnlyList<int> processes)
    {
        double seconds = 0;
        foreach (var id in processes)
        {
            var path = $"/proc/{id}/stat";
            if (!File.Exists(path)) continue;
            // The program's name is in parentheses and may hold blanks; utime and stime are the 12th and 13th words behind it.
            var text = File.ReadAllText(path);
            var words = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            seconds += (Parse(words[11]) + Parse(words[12])) / TicksPerSecond;
        }

        return seconds;
    }

    private static long Parse(string word) => long.Parse(word, CultureInfo.InvariantCulture);
}
