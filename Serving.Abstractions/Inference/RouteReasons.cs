namespace Serving.Inference;

/// <summary>Reasons as headers and metrics write them.</summary>
public static class RouteReasons
{
    private static readonly string[] Names = ["only", "version", "label", "rule", "sticky", "weight"];

    public static string Name(this RouteReason reason) => Names[(int)reason];
}
