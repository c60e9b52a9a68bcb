namespace Serving.Routing;

/// <summary>Where the traffic of every model is kept over a restart: a border to the disk.</summary>
internal interface ITrafficStore
{
    /// <summary>Every model's state as it was last saved.</summary>
    IReadOnlyDictionary<string, TrafficState> Load();

    /// <summary>Saves a model's state; when this returns it survives a <c>kill -9</c>.</summary>
    void Save(string model, TrafficState state);
}
