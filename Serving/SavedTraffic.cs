using Serving.Routing;
using Serving.Storage;

namespace Serving;

/// <summary>Traffic in the state file: one document a model.</summary>
internal sealed class SavedTraffic(StateStore store) : ITrafficStore
{
    private const string Kind = "traffic";

    public IReadOnlyDictionary<string, TrafficState> Load()
    {
        var states = new Dictionary<string, TrafficState>(StringComparer.Ordinal);
        for (var page = store.List(Kind); page.Count > 0; page = store.List(Kind, page[^1].Key))
            foreach (var document in page) states[document.Key] = RoutingStateJson.Read(document.Body);
        return states;
    }

    public ServingError? Save(string model, TrafficState state) => store.Put(Kind, model, RoutingStateJson.Write(state)).Error;
}
