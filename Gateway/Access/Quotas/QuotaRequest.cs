using Microsoft.AspNetCore.Http;

namespace Gateway.Access.Quotas;

/// <summary>An inference request, as far as limits are concerned.</summary>
/// <param name="Principal">Who asks.</param>
/// <param name="Model">Which model.</param>
/// <param name="Bytes">Bytes of the body, as far as they are known.</param>
/// <param name="Headers">
/// Of the answer: they tell what holds and what is left once half is used up, of the caller's own limits or of the model's. Null where it
/// cannot be told.
/// </param>
internal readonly record struct QuotaRequest(Principal Principal, string Model, long Bytes, IHeaderDictionary? Headers);
