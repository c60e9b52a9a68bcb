namespace Serving.Access.Quotas;

/// <summary>What all callers together may ask of one model.</summary>
/// <param name="Model">The model's name; it need not be served at present.</param>
/// <param name="Limits">The limits.</param>
public sealed record ModelLimits(string Model, QuotaLimits Limits);
