using System.Globalization;
using System.Text;
using Serving.Inference;
using Serving.Routing;

namespace Benchmarks.Routing;

/// <summary>
/// Writes the version that the route table chooses for each sticky key, one line per line read:
/// <c>sticky dump MODEL VERSION=WEIGHT... &lt; keys &gt; versions</c>. tests/scripts/sticky_check.py compares them with the
/// published rule.
/// </summary>
internal static class StickyDump
{
    public static int Run(string[] args)
    {
        if (args.Length < 2) throw new ArgumentException("sticky dump MODEL VERSION=WEIGHT...");
        var variants = args.Skip(1).Select(text => text.Split('=')).ToList()
            .ConvertAll(parts => new TrafficVariant(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture)));
        var document = new TrafficDocument { Variants = variants, StickyBy = new AttributeSource(AttributeKind.Header, "key") };
        var routes = ModelRoutes.Compile(args[0], new ModelVersions([.. variants.Select(v => v.Version)]), document, epoch: 1);

        using var keys = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        using var versions = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        var caller = new Caller();
        while (keys.ReadLine() is { } key)
        {
            caller.Key = key;
            versions.Write(routes.Choose(null, caller, random: 0).Value.Version + "\n");
        }

        return 0;
    }

    private sealed class Caller : IRequestAttributes
    {
        public string Key { get; set; } = "";

        public string? Header(string name) => Key;

        public string? Parameter(string name) => null;
    }
}
