using Gateway.Access;
using Serving.Access;

namespace Gateway.Tests.Access;

/// <summary>Every way in which a caller is not let in to an operation.</summary>
internal static class BadCallers
{
    /// <param name="store">Where the keys of these callers are put.</param>
    /// <param name="kind">What they try.</param>
    /// <returns>A name, the header they send or null, and the status and code that they must get.</returns>
    public static IEnumerable<(string Name, string? Key, int Status, string Code)> Of(FakeAccessStore store, OperationKind kind)
    {
        var good = store.Add(kind.Scope);
        yield return ("no key", null, 401, "unauthenticated");
        yield return ("no token", "hello", 401, "unauthenticated");
        yield return ("unknown key", "osk_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401, "unauthenticated");
        yield return ("wrong secret", good[..^1] + (good[^1] == 'A' ? 'B' : 'A'), 401, "unauthenticated");
        yield return ("expired", store.Add(kind.Scope, expires: DateTimeOffset.UnixEpoch), 401, "unauthenticated");
        yield return ("revoked", store.Add(kind.Scope, revoked: true), 401, "unauthenticated");
        yield return ("under-scoped", store.Add((AccessScope.Infer | AccessScope.Read | AccessScope.Admin) & ~kind.Scope), 403, "forbidden");
        if (kind.Reach != AccessReach.Server) yield return ("for another model", store.Add(kind.Scope, "another"), 403, "forbidden");
    }
}
