namespace Serving.Drift.Observing;

/// <summary>Where a version's baseline came from.</summary>
internal enum BaselineOrigin
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A file in the model's folder.</summary>
    Folder,

    /// <summary>Uploaded, or learned.</summary>
    Kept,
}
