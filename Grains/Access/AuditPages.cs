using System.Globalization;
using Orleans.Runtime;
using Orleans.Storage;
using Serving.Access;

namespace Grains.Access;

/// <summary>
/// The audit log beyond its newest notes, in pages that are written once, when they are full. It is the cluster's and not a file of each
/// silo: who changed what is asked in one place, and outlives the silo that it was changed at.
/// </summary>
internal sealed class AuditPages(IGrainStorage storage, GrainId owner)
{
    /// <summary>Notes of a page: with the largest notes about a megabyte, mostly some ten kilobytes.</summary>
    public const int Notes = 32;

    private const long MostPages = AccessLimits.MaxNotes / Notes;

    /// <summary>The page that a note is on.</summary>
    public static long PageOf(long sequence) => (sequence - 1) / Notes;

    /// <summary>Writes a full page, again with the same notes if need be, and drops the one that is over the limit.</summary>
    public async Task WriteAsync(AuditEntry[] entries)
    {
        var page = PageOf(entries[0].Sequence);
        var state = await LoadAsync(page);
        state.State = new AuditPage { Notes = AccessWire.Write(entries) };
        await storage.WriteStateAsync(NameOf(page), owner, state);
        if (page < MostPages) return;
        var oldest = await LoadAsync(page - MostPages);
        if (oldest.RecordExists) await storage.ClearStateAsync(NameOf(page - MostPages), owner, oldest);
    }

    /// <summary>The notes of a page; none of one that is not there (any more).</summary>
    public async Task<AuditEntry[]> ReadAsync(long page)
    {
        var state = await LoadAsync(page);
        return state is { RecordExists: true, State: { } kept } ? AccessWire.ReadEntries(kept.Notes) : [];
    }

    private async Task<GrainState<AuditPage>> LoadAsync(long page)
    {
        var state = new GrainState<AuditPage>(new AuditPage());
        await storage.ReadStateAsync(NameOf(page), owner, state);
        return state;
    }

    private static string NameOf(long page) => string.Create(CultureInfo.InvariantCulture, $"audit-{page}");
}
