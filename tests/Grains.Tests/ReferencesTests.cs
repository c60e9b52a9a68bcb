using System.Reflection;

namespace Grains.Tests;

/// <summary>Keeps the direction of the references of the cluster's assemblies; those of the others are in Architecture.Tests.</summary>
public sealed class ReferencesTests
{
    [Theory]
    [InlineData("Grains.Interfaces", "Serving,Gateway,Standalone,Grains,Silo,Microsoft.AspNetCore.Http")]
    [InlineData("Grains", "Gateway,Standalone,Silo,Microsoft.AspNetCore.Http,StackExchange")]
    public void Assembly_DoesNotReference(string assembly, string forbidden)
    {
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(r => r.Name!).ToArray();

        Assert.DoesNotContain(references, reference => reference is not ("Serving.Abstractions" or "Grains.Interfaces")
            && !(assembly == "Grains" && reference == "Serving")
            && forbidden.Split(',').Any(name => reference == name || reference.StartsWith(name + ".", StringComparison.Ordinal)));
    }
}
