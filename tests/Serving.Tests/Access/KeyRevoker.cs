namespace Serving.Access;

/// <summary>The process that a test kills: makes a key, revokes it, and says so when that is acknowledged.</summary>
internal static class KeyRevoker
{
    public const string Verb = "revoke-key";

    public static int Run(string dataDirectory)
    {
        using var server = StoppedServer.Open(dataDirectory);
        var actor = new Actor("test", Address: null);
        var spec = new KeySpec("test", [new AccessGrant(AccessScope.Infer, "*")], ExpiresAt: null);
        var id = server.Access.CreateAsync(spec, actor, default).AsTask().GetAwaiter().GetResult().Value.Key.Id;
        server.Access.RevokeAsync(id, actor, default).AsTask().GetAwaiter().GetResult();
        Console.Out.WriteLine(id);
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }
}
