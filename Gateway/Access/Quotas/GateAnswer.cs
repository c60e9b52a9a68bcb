using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>What a gate tells a request.</summary>
/// <param name="Exhausted">What refuses it.</param>
/// <param name="Wait">For how long; null where only an end can tell.</param>
/// <param name="IsLow">It is in, and half of a limit, or more, is used up.</param>
/// <param name="HasPlace">It is in, and takes a place until it ends.</param>
internal readonly record struct GateAnswer(QuotaKind Exhausted = default, TimeSpan? Wait = null, bool IsLow = false, bool HasPlace = false);
