using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Serving.Telemetry;

/// <summary>
/// One series of a histogram. Its values wait here until there are some, or until somebody looks: a reader takes many in a row for
/// little, but a single one, after all that a request does in between, at the price of finding its code and tables cold.
/// </summary>
/// <remarks>
/// Safe on any thread. Whoever owns it calls <see cref="Tell"/> from an observable instrument of the same meter, which every reader
/// asks first. A value that is measured in a recorded trace does not wait, since readers link it to the current span.
/// </remarks>
/// <param name="histogram">What is measured.</param>
/// <param name="labels">Whose series.</param>
public sealed class HistogramSeries(Histogram<double> histogram, params KeyValuePair<string, object?>[] labels)
{
    private const int MostWaiting = 128;

    private readonly Lock gate = new();

    /// <summary>None where nothing came between two lookings, so that what nobody uses any more takes no room.</summary>
    private double[] waiting = [];
    private int count;

    /// <param name="value">In the histogram's unit.</param>
    public void Record(double value)
    {
        if (!histogram.Enabled) return;
        if (Activity.Current is { Recorded: true })
        {
            histogram.Record(value, labels);
            return;
        }

        lock (gate)
        {
            if (waiting.Length == 0) waiting = new double[MostWaiting];
            waiting[count++] = value;
            if (count == MostWaiting) TellAll();
        }
    }

    /// <summary>Tells readers what waits.</summary>
    public void Tell()
    {
        lock (gate)
        {
            if (count == 0) waiting = [];
            else TellAll();
        }
    }

    private void TellAll()
    {
        for (var i = 0; i < count; i++) histogram.Record(waiting[i], labels);
        count = 0;
    }
}
