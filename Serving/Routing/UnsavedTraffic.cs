namespace Serving.Routing;

/// <summary>Traffic that ends with the process: for embedding without a data directory.</summary>
internal sealed class UnsavedTraffic : ITrafficStore
{
    public IReadOnlyDictionary<string, TrafficState> Load() => new Dictionary<string, TrafficState>();

    public ServingError? Save(string model, TrafficState state) => null;
}
