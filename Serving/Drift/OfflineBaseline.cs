using Microsoft.Extensions.Logging.Abstractions;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Models;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Drift;

/// <summary>Builds a baseline from a CSV of any length without a server: what the <c>baseline</c> command does.</summary>
public static class OfflineBaseline
{
    /// <param name="repositories">Where the model is.</param>
    /// <param name="library">Another build of ONNX Runtime's library; null for the one beside the program.</param>
    /// <param name="model">The model whose features the columns are.</param>
    /// <param name="version">Its version.</param>
    /// <param name="data">The CSV.</param>
    /// <param name="inTimeOrder">Whether its rows stand in the order they happened.</param>
    /// <param name="output">Where the baseline is written; an older file is replaced at the end, whole.</param>
    /// <param name="progress">Told now and then which share of the work is done.</param>
    public static Outcome<BaselineInfo> Build(
        IReadOnlyList<string> repositories, string? library, string model, string version, string data, bool inTimeOrder, string output, Action<double> progress)
    {
        if (!Describe(repositories, library, model, version).TryGetValue(out var catalog, out var error)) return error;
        try
        {
            var passes = 0;
            var built = CsvBaseline.Build(
                () =>
                {
                    var before = passes++;
                    return new MeteredReader(data, read => progress(Math.Min(1, (before + read) / (inTimeOrder ? 3.0 : 2.0))));
                },
                column => FeatureMatch.KindOf(catalog, column), inTimeOrder);
            if (!built.TryGetValue(out var baseline, out error)) return error with { Message = $"{data}: {error.Message}" };
            if (FeatureMatch.Match(baseline, catalog).Error is { } unfit) return unfit;
            var draft = output + ".part";
            File.WriteAllBytes(draft, BaselineDocument.Write(baseline));
            File.Move(draft, output, overwrite: true);
            progress(1);
            return new BaselineInfo(baseline.Hash, baseline.Count, baseline.IsProvisional);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ServingError.Invalid(fault.Message);
        }
    }

    /// <summary>The version's features, from its signature.</summary>
    private static Outcome<FeatureSource[]> Describe(IReadOnlyList<string> repositories, string? library, string model, string version)
    {
        var view = new RepositoryReader(repositories, requireStable: false, later: static _ => { }).Read([]);
        if (!view.Models.TryGetValue(model, out var folder)) return ServingError.ModelNotFound(model);
        var file = folder.Versions.FirstOrDefault(found => found.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) == version);
        if (file is null) return ServingError.VersionNotFound(model, version);
        if (folder.Config is null || file.ModelPath is null) return ServingError.Invalid(string.Join("; ", [.. folder.Faults, file.Fault ?? "the version has no model file"]));
        using var threads = new SessionThreads(1);
        using var instruments = new ServingInstruments(null);
        var runtime = OnnxRuntime.Load(library, NullLogger.Instance);
        var loader = new VersionLoader(runtime, new ServingOptions { ModelRepositories = repositories }, threads, instruments, TimeProvider.System, NullLogger.Instance);
        if (!loader.Load(folder.Config, folder.Path, file.Number, file.ModelPath).TryGetValue(out var loaded, out var error)) return error;
        using (loaded) return loaded.Drift.Catalog;
    }

    /// <summary>A text file that tells how much of it was read.</summary>
    private sealed class MeteredReader : StreamReader
    {
        private readonly Action<double> told;
        private readonly double length;
        private long next;

        public MeteredReader(string path, Action<double> told)
            : base(path, System.Text.Encoding.UTF8, true, 1 << 16)
        {
            this.told = told;
            length = Math.Max(1, BaseStream.Length);
        }

        public override int Read(char[] buffer, int index, int count)
        {
            if (BaseStream.Position >= next)
            {
                told(BaseStream.Position / length);
                next = BaseStream.Position + (8 << 20);
            }

            return base.Read(buffer, index, count);
        }
    }
}
