using System.Reflection;

namespace Architecture.Tests;

/// <summary>Keeps the direction of the references: the domain knows no web server, the gateway no domain, neither the cluster.</summary>
public sealed class ReferencesTests
{
    [Theory]
    [InlineData("Serving.Abstractions", "Serving,Gateway,Standalone,Grains,Orleans,Microsoft.AspNetCore,Microsoft.Extensions")]
    [InlineData("Serving", "Gateway,Standalone,Grains,Orleans,Microsoft.AspNetCore")]
    [InlineData("Gateway", "Serving,Standalone,Grains,Orleans")]
    [InlineData("Standalone", "Grains,Orleans")]
    public void Assembly_DoesNotReference(string assembly, string forbidden)
    {
        var names = forbidden.Split(',');
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(r => r.Name!).ToArray();

        Assert.DoesNotContain(references, reference => reference != "Serving.Abstractions"
            && names.Any(name => reference == name || reference.StartsWith(name + ".", StringComparison.Ordinal)));
    }
}
