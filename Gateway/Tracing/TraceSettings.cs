using System.Collections.Immutable;
using System.Globalization;
using Gateway.Settings;
using Serving;

namespace Gateway.Tracing;

/// <summary>
/// Which requests are traced: for all models, and for each with settings of its own, which fall back to those for all where
/// nothing is chosen. Changed at run time, over either protocol; this process's alone, and gone with it. Choosing is one look at
/// a snapshot; while nothing is traced, one read.
/// </summary>
/// <param name="file">Where traces go, said at start: a caller cannot name a path of this machine. Empty for nowhere.</param>
internal sealed class TraceSettings(string file)
{
    /// <summary>Models that may have settings of their own.</summary>
    public const int MostModels = 1024;

    private const int DefaultRate = 1000;
    private const long NoEnd = -1;

    private readonly Lock changing = new();
    private volatile bool isOn;
    private TraceChoices forAll = new();
    private volatile TraceScope all = new(on: false, DefaultRate, NoEnd);
    private volatile ImmutableDictionary<string, (TraceChoices Choices, TraceScope Scope)> models =
        ImmutableDictionary<string, (TraceChoices, TraceScope)>.Empty;

    /// <summary>Counts a request. True when it is one to trace.</summary>
    public bool Take(string model) =>
        isOn && (models.TryGetValue(model, out var own) ? own.Scope : all).Take();

    /// <param name="model">A model, or null for all.</param>
    public TraceView Get(string? model)
    {
        var scope = model is not null && models.TryGetValue(model, out var own) ? own.Scope : all;
        return new TraceView(
            file, scope.On ? "TIMESTAMPS" : "OFF", scope.Rate.ToString(CultureInfo.InvariantCulture),
            scope.Left.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Changes what is named and leaves the rest; with a fault anywhere nothing changes.</summary>
    /// <param name="model">A model, or null for all.</param>
    /// <param name="changes">A setting's name to its values; null takes the choice back.</param>
    public Outcome<TraceView> Change(string? model, IReadOnlyDictionary<string, IReadOnlyList<string>?> changes)
    {
        lock (changing)
        {
            var choices = model is null ? forAll : models.TryGetValue(model, out var own) ? own.Choices : new TraceChoices();
            var faults = new List<string>();
            foreach (var (name, values) in changes) choices = With(choices, name, values, faults);
            if (model is not null && models.Count == MostModels && !models.ContainsKey(model))
                faults.Add($"{MostModels} models have trace settings of their own already; take one's back with null");
            if (faults.Count > 0) return ServingError.Invalid(string.Join("; ", faults));
            if (changes.Count > 0) Apply(model, choices);
        }

        return Get(model);
    }

    private void Apply(string? model, TraceChoices choices)
    {
        var next = models;
        if (model is not null) next = choices.IsEmpty ? next.Remove(model) : next.SetItem(model, (choices, Resolve(choices)));
        else
        {
            forAll = choices;
            all = new TraceScope(choices.On ?? false, choices.Rate ?? DefaultRate, choices.Count ?? NoEnd);
            foreach (var (name, own) in models)
            {
                // Where nothing changes by it, a model goes on counting.
                var scope = Resolve(own.Choices);
                if (!own.Scope.IsAs(scope.On, scope.Rate, own.Choices.Count ?? choices.Count ?? NoEnd)) next = next.SetItem(name, (own.Choices, scope));
            }
        }

        models = next;
        isOn = all.On || next.Values.Any(own => own.Scope.On);
    }

    private TraceScope Resolve(TraceChoices choices) => new(
        choices.On ?? forAll.On ?? false, choices.Rate ?? forAll.Rate ?? DefaultRate, choices.Count ?? forAll.Count ?? NoEnd);

    private TraceChoices With(TraceChoices choices, string name, IReadOnlyList<string>? values, List<string> faults)
    {
        var value = values is { Count: 1 } ? values[0] : null;
        switch (name)
        {
            case "trace_level" when values is null: return choices with { On = null };
            case "trace_level" when value == "OFF": return choices with { On = false };
            case "trace_level" when value == "TIMESTAMPS" && file.Length > 0: return choices with { On = true };
            case "trace_rate" when values is null: return choices with { Rate = null };
            case "trace_rate" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate > 0:
                return choices with { Rate = rate };
            case "trace_count" when values is null: return choices with { Count = null };
            case "trace_count" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count >= -1:
                return choices with { Count = count };
            case "trace_file" when values is null || value == file: return choices;
            case "log_frequency" when values is null || value == TraceView.Frequency: return choices;
        }

        faults.Add(name switch
        {
            "trace_level" when value == "TIMESTAMPS" => "trace_level cannot be TIMESTAMPS: no file to trace to was named at start (--trace-file)",
            "trace_level" => "trace_level must be OFF or TIMESTAMPS, one of them",
            "trace_rate" => $"trace_rate must be a whole number from 1 to {int.MaxValue}",
            "trace_count" => "trace_count must be a whole number, -1 for no end",
            "trace_file" => "trace_file is named at start (--trace-file) and cannot be changed",
            "log_frequency" => "log_frequency may only be 0: traces are appended to one file",
            _ => $"'{SettingsBody.Echo(name)}' is no setting of traces; there are trace_level, trace_rate and trace_count",
        });
        return choices;
    }
}
