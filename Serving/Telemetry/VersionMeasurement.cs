namespace Serving.Telemetry;

/// <summary>What is recorded of a version at one time: of a request its route, of a run its rows and how long it took, or of a request how long it took.</summary>
/// <param name="Of">Whose.</param>
/// <param name="Route">Labels of the route; null where it is none.</param>
/// <param name="Rows">Rows of the run; 0 where it is none.</param>
/// <param name="First">Of a run the time it took, of a request the time it waited.</param>
/// <param name="Total">Of a request the time from its arrival to its answer.</param>
internal readonly record struct VersionMeasurement(
    VersionInstruments Of, KeyValuePair<string, object?>[]? Route, int Rows, TimeSpan First, TimeSpan Total);
