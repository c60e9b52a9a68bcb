using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>Whole counts, and for numbers sums, of answers with their truths; any may be taken out again.</summary>
internal sealed class QualityTally(QualityOptions options, ClassNames classes)
{
    private const int ScoreBins = 1000;

    /// <summary>Classes whose score curves are kept.</summary>
    private const int MostCurves = 32;

    private readonly Dictionary<(int Truth, int Answer), long> cells = [];
    private readonly Dictionary<int, (long[] Own, long[] Others)> curves = [];
    private double sum;
    private double squares;
    private double absoluteErrors;
    private double squaredErrors;

    public long Count { get; private set; }

    /// <param name="sign">1 to count, -1 to take back what was counted before.</param>
    public void Add(Answer answer, string truth, int sign)
    {
        if (options.Task == QualityTask.Regression)
        {
            if (!Truths.TryRead(truth, out var value) || !double.IsFinite(answer.Value))
                return;
            var error = answer.Value - value;
            sum += sign * value;
            squares += sign * value * value;
            absoluteErrors += sign * Math.Abs(error);
            squaredErrors += sign * error * error;
        }
        else
        {
            var actual = classes.IndexOf(truth);
            var cell = (actual, classes.IndexOf(answer.Label ?? ""));
            cells[cell] = cells.GetValueOrDefault(cell) + sign;
            if (answer.Scores is { } scores)
                AddScores(scores, actual, sign);
        }

        Count += sign;
    }

    public QualityScores Scores()
    {
        if (options.Task == QualityTask.Classification)
            return new QualityScores(Count, Accuracy(), MacroF1(), Auc(), null, null, null, Confusion());

        var spread = squares - (sum * sum / Math.Max(1, Count));
        return new QualityScores(Count, null, null, null, Of(absoluteErrors / Count), Of(Math.Sqrt(Math.Max(0, squaredErrors) / Count)),
            spread > 0 ? Of(1 - (squaredErrors / spread)) : null, null);
    }

    public void Write(StateWriter state)
    {
        state.Write(Count);
        state.Write(sum);
        state.Write(squares);
        state.Write(absoluteErrors);
        state.Write(squaredErrors);
        state.Write((long)cells.Count);
        foreach (var ((truth, answer), count) in cells.OrderBy(cell => cell.Key))
        {
            state.Write((long)truth);
            state.Write((long)answer);
            state.Write(count);
        }

        state.Write((long)curves.Count);
        foreach (var (c, curve) in curves)
        {
            state.Write((long)c);
            state.Write(curve.Own);
            state.Write(curve.Others);
        }
    }

    /// <summary>Takes what <see cref="Write"/> wrote, over the same classes, into an empty tally.</summary>
    public void Read(ref StateReader state)
    {
        Count = state.ReadCount();
        sum = state.ReadDouble();
        squares = state.ReadDouble();
        absoluteErrors = state.ReadDouble();
        squaredErrors = state.ReadDouble();
        for (var left = state.ReadLength(); left > 0; left--)
            cells.Add(((int)state.ReadCount(), (int)state.ReadCount()), state.ReadCount());
        for (var left = state.ReadLength(); left > 0; left--)
            curves.Add((int)state.ReadCount(), (state.ReadCounts(), state.ReadCounts()));
    }

    private static double? Of(double value) => double.IsFinite(value) ? value : null;

    private void AddScores(float[] scores, int actual, int sign)
    {
        for (var c = 0; c < scores.Length && c < MostCurves; c++)
        {
            if (!float.IsFinite(scores[c]))
                continue;
            if (!curves.TryGetValue(c, out var curve))
                curves.Add(c, curve = (new long[ScoreBins], new long[ScoreBins]));
            var bin = (int)Math.Clamp(scores[c] * ScoreBins, 0, ScoreBins - 1);
            (actual == c ? curve.Own : curve.Others)[bin] += sign;
        }
    }

    private double? Accuracy() => Of(cells.Where(cell => cell.Key.Truth == cell.Key.Answer).Sum(cell => cell.Value) / (double)Count);

    private double? MacroF1()
    {
        var (right, truths, answers) = (new long[ClassNames.Most + 1], new long[ClassNames.Most + 1], new long[ClassNames.Most + 1]);
        foreach (var ((truth, answer), count) in cells)
        {
            truths[truth] += count;
            answers[answer] += count;
            if (truth == answer)
                right[truth] += count;
        }

        double total = 0;
        var present = 0;
        for (var c = 0; c < right.Length; c++)
        {
            if (truths[c] + answers[c] == 0)
                continue;
            total += 2.0 * right[c] / (truths[c] + answers[c]);
            present++;
        }

        return Of(total / present);
    }

    private double? Auc()
    {
        double total = 0;
        var usable = 0;
        foreach (var (own, others) in curves.Values)
        {
            double pairs = (double)own.Sum() * others.Sum(), won = 0;
            if (pairs == 0)
                continue;
            long below = 0;
            for (var bin = 0; bin < ScoreBins; bin++)
            {
                won += own[bin] * (below + (others[bin] / 2.0));
                below += others[bin];
            }

            total += won / pairs;
            usable++;
        }

        return Of(total / usable);
    }

    private ConfusionMatrix Confusion()
    {
        var names = classes.All();
        var hasOther = cells.Any(cell => cell.Value > 0 && (cell.Key.Truth == ClassNames.Most || cell.Key.Answer == ClassNames.Most));
        var size = hasOther ? names.Length : names.Length - 1;
        var counts = new long[size][];
        for (var truth = 0; truth < size; truth++)
        {
            counts[truth] = new long[size];
            for (var answer = 0; answer < size; answer++)
                counts[truth][answer] = cells.GetValueOrDefault((truth, answer));
        }

        return new ConfusionMatrix(names[..size], counts);
    }
}
