using Gateway.Access.Quotas;
using Microsoft.AspNetCore.Http;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Access;

/// <summary>Who is calling, and what they may do. Made once for each key, not for each request.</summary>
/// <param name="name">What logs and the audit call them: <c>key:0f3a…</c>, <c>anonymous</c>.</param>
/// <param name="grants">What they may do.</param>
internal sealed class Principal(string name, IReadOnlyList<AccessGrant> grants)
{
    private static readonly AccessGrant[] Everything =
        [new(AccessScope.Infer | AccessScope.Read | AccessScope.Admin, AccessGrant.AllModels)];

    /// <summary>Anybody, on a server that is open.</summary>
    public static readonly Principal Anonymous = new("anonymous", Everything);

    /// <summary>Whoever reaches the control socket: the file's permissions let in its owner only.</summary>
    public static readonly Principal Local = new("local", Everything);

    /// <summary>Who calls, once the door was passed. An inference is told by its <see cref="QuotaPass"/>.</summary>
    public static Principal Of(HttpContext context) => (Principal?)context.Features[typeof(Principal)] ?? Anonymous;

    /// <summary>As <see cref="Of"/>, for the audit.</summary>
    public static Actor ActorOf(HttpContext context) => new(Of(context).Name, context.Connection.RemoteIpAddress?.ToString());

    private readonly AccessScope anywhere = Union(grants, static _ => true);
    private readonly AccessScope everywhere = Union(grants, static grant => grant.Models == AccessGrant.AllModels);
    private QuotaPass? unlimited;

    public string Name { get; } = name;

    /// <summary>How much it may ask for; null for as much as there is.</summary>
    public QuotaLimits? Limits { get; init; }

    /// <summary>The pass of each of its requests that nothing limits.</summary>
    public QuotaPass Unlimited => unlimited ??= new QuotaPass(this, error: null);

    /// <summary>What holds it to its limits, once it has been found; null before.</summary>
    public volatile QuotaGate? Gate;

    /// <summary>What the engine shares its queues by; null where nobody is told apart.</summary>
    public string? Caller => ReferenceEquals(this, Anonymous) ? null : Name;

    /// <summary>From now on it is who calls by this request.</summary>
    public void Enter(HttpContext context)
    {
        if (!ReferenceEquals(this, Anonymous)) context.Features[typeof(Principal)] = this;
    }

    /// <summary>Whether the scope is good for at least some model.</summary>
    public bool MayAnywhere(AccessScope scope) => (anywhere & scope) == scope;

    /// <summary>Whether the scope is good for every model.</summary>
    public bool MayEverywhere(AccessScope scope) => (everywhere & scope) == scope;

    public bool May(AccessScope scope, string model)
    {
        if (MayEverywhere(scope)) return true;
        if (!MayAnywhere(scope)) return false;
        for (var i = 0; i < grants.Count; i++)
        {
            var grant = grants[i];
            if ((grant.Scope & scope) == scope && ModelPattern.Matches(grant.Models, model)) return true;
        }

        return false;
    }

    private static AccessScope Union(IReadOnlyList<AccessGrant> grants, Func<AccessGrant, bool> counts)
    {
        var scopes = AccessScope.None;
        foreach (var grant in grants)
        {
            if (counts(grant)) scopes |= grant.Scope;
        }

        return scopes;
    }
}
