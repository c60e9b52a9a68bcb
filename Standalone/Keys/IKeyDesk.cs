using Serving;
using Serving.Access;

namespace Standalone.Keys;

/// <summary>Where keys are administered: at the running server, or in the state that a stopped one left.</summary>
internal interface IKeyDesk : IDisposable
{
    Task<Outcome<KeyAnswer>> CreateAsync(KeySpec spec);

    Task<Outcome<KeyAnswer>> RotateAsync(string id, TimeSpan overlap);

    Task<Outcome<KeyAnswer>> RevokeAsync(string id);

    Task<Outcome<IReadOnlyList<KeyAnswer>>> ListAsync();
}
