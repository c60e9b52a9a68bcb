using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Benchmarks.Load;

/// <summary>
/// Open-loop load: requests arrive by a Poisson process, whatever became of those before. Latency counts from the moment a
/// request should have been sent, so a server that stalls pays for everybody who would have come meanwhile; a closed loop
/// (wrk) would politely wait. One thread, one request at a time on each connection.
/// </summary>
/// <remarks>Times are nanoseconds since the start.</remarks>
internal sealed class OpenLoad : IDisposable
{
    public const string Usage =
        """
        openload --url URL --body FILE [--headers FILE] --rate R [--connections 32] [--seconds 4] [--warmup 1] [--deadline MS] [--pids 1,2] [--seed 1] [--arrivals poisson|even]
          Sends FILE by POST at R requests/s on average; headers as lines `Name: value`. The warm-up's requests are not counted.
          Prints quantiles of successful answers from the intended and from the actual sending, statuses, how many
          successful answers came later than --deadline after their sending, and the CPU of --pids.
        """;

    private const long Second = 1_000_000_000;

    /// <summary>How long after the last arrival an answer may still come.</summary>
    private const long Grace = 5 * Second;

    private readonly double rate;
    private readonly long warmEnd;
    private readonly long end;
    private readonly long deadline;
    private readonly bool even;
    private readonly int[] processes;
    private readonly Random random;
    private readonly LoadConnection[] connections;
    private readonly Poll.Entry[] entries;
    private readonly Stack<int> idle = new();
    private readonly Queue<long> backlog = new();
    private readonly LatencyHistogram fromIntended = new();
    private readonly LatencyHistogram fromSent = new();
    private readonly long[] statuses = new long[600];
    private readonly long started = Stopwatch.GetTimestamp();
    private long answered;
    private long goodInTime;
    private long late;
    private int longestBacklog;

    public OpenLoad(Arguments arguments)
    {
        var url = new Uri(arguments.Text("url"));
        rate = double.Parse(arguments.Text("rate"), CultureInfo.InvariantCulture);
        warmEnd = (long)(arguments.Number("warmup", 1) * Second);
        end = warmEnd + (long)(arguments.Number("seconds", 4) * Second);
        deadline = (long)(arguments.Number("deadline", 0) * 1e6);
        processes = [.. (arguments.Find("pids") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        even = arguments.Find("arrivals") == "even";
        random = new Random(arguments.Count("seed", 1));
        var request = Request(url, File.ReadAllBytes(arguments.Text("body")), arguments.Find("headers"));
        var server = new IPEndPoint(Dns.GetHostAddresses(url.Host, System.Net.Sockets.AddressFamily.InterNetwork)[0], url.Port);
        connections = new LoadConnection[arguments.Count("connections", 32)];
        entries = new Poll.Entry[connections.Length];
        for (var i = 0; i < connections.Length; i++)
        {
            connections[i] = new LoadConnection(server, request);
            connections[i].Connect();
            entries[i].Socket = -1;
            idle.Push(i);
        }
    }

    private long Now => Stopwatch.GetElapsedTime(started).Ticks * 100;

    /// <summary>Runs to the end and gives the report, one line of <c>name=value</c> words.</summary>
    public string Run()
    {
        Poll.AskForExactTimers();
        var arrival = NextGap();
        long now, answeredBefore = 0;
        double cpuBefore = 0;
        var warm = false;
        while ((now = Now) < end || (idle.Count < connections.Length || backlog.Count > 0) && now < end + Grace)
        {
            if (!warm && now >= warmEnd) (warm, cpuBefore, answeredBefore) = (true, ProcessCpu.Seconds(processes), answered);
            for (; arrival <= now && arrival < end; arrival += NextGap()) backlog.Enqueue(arrival);
            longestBacklog = Math.Max(longestBacklog, backlog.Count);
            while (backlog.Count > 0 && idle.TryPop(out var free)) Begin(free);
            Poll.Wait(entries, Math.Max(0, (arrival < end ? arrival : end + Grace) - Now));
            for (var i = 0; i < entries.Length; i++)
                if (entries[i].Socket >= 0 && entries[i].Seen != 0) Advance(i);
        }

        var cpu = ProcessCpu.Seconds(processes) - cpuBefore;
        return Report(cpu, answered - answeredBefore, (now - warmEnd) / (double)Second);
    }

    public void Dispose()
    {
        foreach (var connection in connections) connection.Dispose();
    }

    private static byte[] Request(Uri url, byte[] body, string? headers)
    {
        var lines = headers is null ? ["Content-Type: application/json"] : File.ReadAllLines(headers).Where(line => line.Length > 0);
        var head = $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\n{string.Join("\r\n", lines)}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private long NextGap() => (long)((even ? 1 : -Math.Log(1 - random.NextDouble())) / rate * Second);

    private void Begin(int index)
    {
        var connection = connections[index];
        connection.Begin(backlog.Dequeue(), Now);
        entries[index] = new Poll.Entry { Socket = connection.Handle, Wanted = connection.MustWrite ? Poll.Writable : Poll.Readable };
    }

    private void Advance(int index)
    {
        var connection = connections[index];
        var over = connection.Advance();
        entries[index].Wanted = connection.MustWrite ? Poll.Writable : Poll.Readable;
        if (!over) return;
        entries[index].Socket = -1;
        idle.Push(index);
        answered++;
        if (connection.Intended < warmEnd) return;
        statuses[Math.Min(connection.Status, statuses.Length - 1)]++;
        if (connection.Status / 100 != 2) return;
        var now = Now;
        if (now < end) goodInTime++;
        if (now - connection.Sent > deadline) late++;
        fromIntended.Add(now - connection.Intended);
        fromSent.Add(now - connection.Sent);
    }

    private string Report(double cpu, long answers, double seconds)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"rate={rate} good_per_s={goodInTime / ((end - warmEnd) / (double)Second):F0}");
        Quantiles(text, "", fromIntended);
        Quantiles(text, "sent_", fromSent);
        for (var status = 0; status < statuses.Length; status++)
            if (statuses[status] > 0) text.Append(CultureInfo.InvariantCulture, $" {(status == 0 ? "broken" : $"status_{status}")}={statuses[status]}");
        text.Append(CultureInfo.InvariantCulture, $" unanswered={backlog.Count + connections.Length - idle.Count} longest_backlog={longestBacklog}");
        if (deadline > 0) text.Append(CultureInfo.InvariantCulture, $" late={late}");
        if (processes.Length > 0 && answers > 0)
            text.Append(CultureInfo.InvariantCulture, $" cpu_us_per_request={cpu * 1e6 / answers:F1} cores={cpu / seconds:F3}");
        return text.ToString();
    }

    private static void Quantiles(StringBuilder text, string prefix, LatencyHistogram latency)
    {
        text.Append(CultureInfo.InvariantCulture, $" {prefix}p50_ms={latency.Quantile(0.5) / 1e6:F3} {prefix}p99_ms={latency.Quantile(0.99) / 1e6:F3}");
        text.Append(CultureInfo.InvariantCulture, $" {prefix}p999_ms={latency.Quantile(0.999) / 1e6:F3} {prefix}max_ms={latency.Max / 1e6:F3}");
    }
}
