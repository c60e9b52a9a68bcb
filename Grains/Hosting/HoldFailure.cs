using Grains.Replicas;

namespace Grains.Hosting;

/// <summary>Why a version is not held.</summary>
/// <param name="End">Which kind of failure.</param>
/// <param name="Reason">As a clause.</param>
internal sealed record HoldFailure(LoadEnd End, string Reason);
