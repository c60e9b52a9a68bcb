namespace Cluster.Tests.Processes;

/// <summary>A test that starts a Redis; skipped, saying so, where none is installed.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisServer.Missing;
}
