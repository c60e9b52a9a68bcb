namespace Serving.Models.Config.Schema;

/// <summary>What happens to a known field that says more than its default.</summary>
internal enum FieldEffect
{
    Used,

    /// <summary>Accepted with a warning, so that existing repositories load.</summary>
    Ignored,

    /// <summary>Without it the model would mean something else, so the model is refused.</summary>
    Refused,
}
