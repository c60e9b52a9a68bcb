using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Access.Desk;

/// <summary>Where keys are administered: at the running server, or in the state that a stopped one left.</summary>
public interface IKeyDesk : IDisposable
{
    Task<Outcome<KeyAnswer>> CreateAsync(KeySpec spec);

    Task<Outcome<KeyAnswer>> RotateAsync(string id, TimeSpan overlap);

    Task<Outcome<KeyAnswer>> RevokeAsync(string id);

    Task<Outcome<IReadOnlyList<KeyAnswer>>> ListAsync();

    /// <summary>Limits a key; null lifts its limits.</summary>
    Task<Outcome<KeyAnswer>> LimitAsync(string id, QuotaLimits? limits);

    /// <summary>Limits a model; null lifts its limits.</summary>
    Task<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits);
}
