using System.Diagnostics;
using System.Globalization;
using Gateway.Hosting;
using Serving.Drift;
using Serving.Hosting;

namespace Standalone.Baselines;

/// <summary><c>baseline</c>: builds a baseline from a CSV of any length, in bounded memory, without a server.</summary>
internal static class BaselineCommand
{
    public const string Verb = "baseline";

    private const int Success = 0;
    private const int Failure = 1;
    private const int Misuse = 2;
    private const int BarWidth = 30;

    /// <param name="arguments">What follows <c>baseline</c>.</param>
    public static int Run(string[] arguments)
    {
        var line = CommandLine.Parse(arguments, BaselineSettings.All);
        if (line.WantsHelp)
        {
            Console.Error.WriteLine("usage: standalone baseline --data FILE --model NAME --version N --out FILE [flags]");
            foreach (var setting in BaselineSettings.All) Console.Error.WriteLine($"  {setting.Flag} {setting.Value}\n      {setting.Meaning} (default: {setting.Default ?? "none"})");
            return Success;
        }

        try
        {
            var configuration = new ConfigurationManager();
            ServingConfiguration.Load(configuration, line, []);
            Setting[] needed = [BaselineSettings.Data, BaselineSettings.Model, BaselineSettings.Version, BaselineSettings.Out];
            var missing = Array.FindAll(needed, setting => configuration[setting.ConfigurationKey] is null);
            if (missing.Length > 0) throw new StartupFaultException([$"baseline needs {string.Join(", ", missing.Select(setting => $"{setting.Flag} {setting.Value}"))}"]);
            return Build(configuration);
        }
        catch (StartupFaultException faults)
        {
            foreach (var fault in faults.Faults) Console.Error.WriteLine(fault);
            return Misuse;
        }
        catch (InvalidOperationException fault)
        {
            Console.Error.WriteLine(fault.Message);
            return Failure;
        }
    }

    private static int Build(ConfigurationManager configuration)
    {
        var options = EngineSettings.Read(configuration);
        var (watch, told) = (Stopwatch.StartNew(), 0);
        var outcome = OfflineBaseline.Build(
            options.ModelRepositories, options.OnnxRuntimeLibrary, Text(BaselineSettings.Model), Text(BaselineSettings.Version), Text(BaselineSettings.Data),
            Text(BaselineSettings.TimeOrdered) == "true", Text(BaselineSettings.Out), Draw);
        if (!Console.IsErrorRedirected) Console.Error.WriteLine();
        if (!outcome.TryGetValue(out var baseline, out var error))
        {
            Console.Error.WriteLine(error.Message);
            return Failure;
        }

        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{baseline.Count} rows in {watch.Elapsed.TotalSeconds:f1} s, baseline {baseline.Hash}{(baseline.Provisional ? ", provisional: fewer than 1,000 rows show only large changes" : "")}"));
        return Success;

        string Text(Setting setting) => configuration[setting.ConfigurationKey] ?? setting.Default!;

        void Draw(double share)
        {
            // A bar is for eyes; a file gets a line for every tenth.
            var done = (int)(share * BarWidth);
            if (!Console.IsErrorRedirected)
                Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r[{new string('#', done)}{new string('.', BarWidth - done)}] {share * 100,3:f0} %  {Left(watch.Elapsed, share)}   "));
            else if ((int)(share * 10) > told)
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(told = (int)(share * 10)) * 10} %"));
        }
    }

    private static string Left(TimeSpan elapsed, double share) => share < 0.02
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(elapsed / share * (1 - share)).TotalSeconds:f0} s left");
}
