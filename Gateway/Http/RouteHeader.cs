using System.Globalization;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// The text of <c>x-serving-route</c>. There are few different ones at a time, so each is made once and found again: a
/// table that any thread may read and write, whose entries are immutable and replaced by one reference write.
/// </summary>
internal sealed class RouteHeader
{
    private const int Entries = 256;

    private readonly Entry?[] entries = new Entry?[Entries];

    public string Text(in RouteDecision route)
    {
        ref var slot = ref entries[Slot(route)];
        var entry = Volatile.Read(ref slot);
        if (entry is not null && entry.Route == route) return entry.Text;
        entry = new Entry(route, Write(route));
        Volatile.Write(ref slot, entry);
        return entry.Text;
    }

    /// <summary>Cheap rather than even: different versions, reasons and epochs end in different places often enough.</summary>
    private static int Slot(in RouteDecision route)
    {
        var mix = (uint)route.Epoch * 31 + (uint)route.Reason;
        mix = mix * 31 + (uint)route.Version.Length;
        if (route.Version.Length > 0) mix = mix * 31 + route.Version[^1];
        mix = mix * 31 + (uint)(route.Variant?.Length ?? 0);
        return (int)(mix % Entries);
    }

    private static string Write(in RouteDecision route)
    {
        var variant = route.Variant is null ? "" : $"variant={Part(route.Variant)};";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"version={Part(route.Version)};{variant}reason={route.Reason.Name()};epoch={route.Epoch}");
    }

    /// <summary>A value must not look like the next field.</summary>
    private static string Part(string text) => HeaderText.Fit(text).Replace(";", "%3B", StringComparison.Ordinal);

    private sealed record Entry(RouteDecision Route, string Text);
}
