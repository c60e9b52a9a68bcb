namespace Grains.Access;

/// <summary>A full page of the audit log as it is kept.</summary>
[GenerateSerializer, Alias("serving.state.audit")]
internal sealed class AuditPage
{
    /// <summary>The notes as JSON.</summary>
    [Id(0)]
    public byte[] Notes { get; set; } = [];
}
