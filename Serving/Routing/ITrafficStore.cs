namespace Serving.Routing;

/// <summary>Where the traffic of every model is kept over a restart.</summary>
internal interface ITrafficStore
{
    /// <summary>Every model's state as it was last saved.</summary>
    IReadOnlyDictionary<string, TrafficState> Load();

    /// <summary>Saves a model's state. When this returns without an error the state survives a <c>kill -9</c>.</summary>
    ServingError? Save(string model, TrafficState state);
}
