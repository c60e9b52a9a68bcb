using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>The upper bounds of one metric family's buckets, rising.</summary>
internal sealed record HistogramConfig(string Family, ValueList<double> Buckets);
