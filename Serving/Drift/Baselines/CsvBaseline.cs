namespace Serving.Drift.Baselines;

/// <summary>
/// A baseline from a CSV of any length, in bounded memory and two passes: the first samples each column to choose its bins and
/// find out whether it holds numbers, the second counts every row. (A third, if rows stand in time order, tells the blocks of
/// categories apart.) The first row names the columns; an empty cell is missing.
/// </summary>
internal static class CsvBaseline
{
    /// <summary>Sampled numbers kept over all columns together.</summary>
    private const int SampleBudget = 8 << 20;

    private const int LeastSample = 4096;

    /// <param name="open">Opens the same text anew, as often as asked.</param>
    /// <param name="kindOf">What a column must be, where that is known; null to find out from its values.</param>
    /// <param name="inTimeOrder">Whether the rows stand in the order they happened.</param>
    public static Outcome<Baseline> Build(Func<TextReader> open, Func<string, FeatureKind?> kindOf, bool inTimeOrder)
    {
        Column[] columns;
        long rows;
        using (var reader = open())
        {
            var csv = new CsvReader(reader);
            if (!csv.Read())
                return ServingError.Invalid(csv.Fault ?? "the CSV is empty: its first row must name the columns");
            if (!Describe(csv, kindOf).TryGetValue(out columns!, out var error))
                return error;
            if (!Pass(csv, columns, (column, cell) => column.Sample(cell)).TryGetValue(out rows, out error))
                return error;
        }

        if (rows == 0)
            return ServingError.Invalid("the CSV has no rows after its header");
        if (columns.FirstOrDefault(column => column.Fault is not null) is { Fault: { } fault })
            return ServingError.Invalid(fault);

        var cut = inTimeOrder ? Dispersion.BlocksFor(rows) : 0;
        foreach (var column in columns)
            column.ChooseBins(cut, rows);
        if (Again(open, columns, (column, cell) => column.Count(cell)) is { } changed)
            return changed;
        if (cut > 0 && columns.Any(column => !column.IsNumeric)
            && Again(open, columns, (column, cell) => column.CountBlocks(cell, cut, rows)) is { } changedAgain)
            return changedAgain;
        return new Baseline([.. columns.Select(column => column.Build())]);
    }

    private static ServingError? Again(Func<TextReader> open, Column[] columns, ColumnAction action)
    {
        using var reader = open();
        var csv = new CsvReader(reader);
        csv.Read();
        return Pass(csv, columns, action).Error;
    }

    private static Outcome<Column[]> Describe(CsvReader header, Func<string, FeatureKind?> kindOf)
    {
        if (header.Fields > Baseline.MostFeatures)
            return ServingError.Invalid($"the CSV has {header.Fields} columns; a baseline has at most {Baseline.MostFeatures}");

        var columns = new Column[header.Fields];
        var capacity = Math.Clamp(SampleBudget / columns.Length, LeastSample, ColumnSample.Capacity);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Length; i++)
        {
            var name = header[i].TrimStart('\uFEFF').ToString();
            if (name.Length == 0 || !names.Add(name))
                return ServingError.Invalid($"column {i + 1} of the CSV needs a name of its own in the first row, not '{name}'");
            columns[i] = new Column(name, kindOf(name), capacity, i);
        }

        if (columns.Length == 1 && header[0].IndexOfAny(';', '\t') >= 0)
            return ServingError.Invalid($"the first row of the CSV has one cell, '{Shorten(header[0])}': cells are separated by commas");
        return Array.TrueForAll(columns, column => NumberText.TryRead(column.Name, out _))
            ? ServingError.Invalid($"the first row of the CSV must name the columns, but it holds numbers, such as '{Shorten(header[0])}'")
            : columns;
    }

    private static Outcome<long> Pass(CsvReader csv, Column[] columns, ColumnAction action)
    {
        long rows = 0;
        while (csv.Read())
        {
            if (csv.Fields != columns.Length)
                return ServingError.Invalid($"line {csv.Line}: {csv.Fields} cells, but {columns.Length} columns are named in the first row");
            for (var i = 0; i < columns.Length; i++)
                action(columns[i], csv[i]);
            rows++;
        }

        return csv.Fault is { } fault ? ServingError.Invalid(fault) : rows;
    }

    private static ReadOnlySpan<char> Shorten(ReadOnlySpan<char> cell) => cell[..Math.Min(cell.Length, 40)];

    private delegate void ColumnAction(Column column, ReadOnlySpan<char> cell);

    private sealed class Column(string name, FeatureKind? kind, int capacity, int seed)
    {
        private readonly ColumnSample sample = new(capacity, seed);
        private readonly CategoricalBuilder categories = new(name);
        private NumericBuilder? numbers;
        private CategoricalBaseline? counted;
        private BlockCounts? blocks;

        public string Name => name;

        public string? Fault { get; private set; }

        public bool IsNumeric { get; private set; } = kind != FeatureKind.Categorical;

        /// <summary>First pass.</summary>
        public void Sample(ReadOnlySpan<char> cell)
        {
            if (!IsNumeric || cell.IsEmpty)
                return;
            if (NumberText.TryRead(cell, out var value))
            {
                if (double.IsFinite(value))
                    sample.Add(value);
            }
            else if (kind == FeatureKind.Numeric)
            {
                Fault ??= $"column '{name}' must hold numbers, but one cell is '{Shorten(cell)}'; a cell without a value is empty";
            }
            else
            {
                IsNumeric = false;
            }
        }

        public void ChooseBins(int cut, long rows)
        {
            if (!IsNumeric)
                return;
            var sorted = sample.Sort();
            var bins = NumericBins.Choose(sorted, sample.Minimum, sample.Maximum, sample.Count);
            numbers = new NumericBuilder(name, bins, ColumnSample.MostFrequent(sorted), cut, rows);
        }

        /// <summary>Second pass.</summary>
        public void Count(ReadOnlySpan<char> cell)
        {
            if (numbers is null)
                categories.Add(cell);
            else if (cell.IsEmpty)
                numbers.AddMissing();
            else
                numbers.Add(NumberText.TryRead(cell, out var value) ? value : double.NaN);
        }

        /// <summary>Third pass, of the categories only.</summary>
        public void CountBlocks(ReadOnlySpan<char> cell, int cut, long rows)
        {
            if (IsNumeric)
                return;
            counted ??= categories.Build();
            blocks ??= new BlockCounts(cut, counted.Counts.Length, rows);
            blocks.Add(counted, cell.IsEmpty ? null : cell.ToString());
        }

        public FeatureBaseline Build()
        {
            if (numbers is not null)
                return numbers.Build();
            counted ??= categories.Build();
            return blocks is null ? counted : counted.With(blocks.Disperse(counted));
        }
    }
}
