namespace Grains.Access;

/// <summary>Keys, limits and the newest notes as they are kept, each as JSON: one document, so that a change and its note are one write.</summary>
[GenerateSerializer, Alias("serving.state.access")]
internal sealed class AccessGrainState
{
    /// <summary>See <see cref="SentAccess.Number"/>.</summary>
    [Id(0)]
    public long Number { get; set; }

    [Id(1)]
    public byte[] Keys { get; set; } = [];

    [Id(2)]
    public byte[] Limits { get; set; } = [];

    /// <summary>The notes of the page that is not full yet, see <see cref="AuditPages"/>.</summary>
    [Id(3)]
    public byte[] Notes { get; set; } = [];

    /// <summary>The number of the last note.</summary>
    [Id(4)]
    public long LastNote { get; set; }
}
