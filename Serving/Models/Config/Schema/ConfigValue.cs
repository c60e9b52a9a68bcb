namespace Serving.Models.Config.Schema;

/// <summary>A value with its line, and its key (a string or a long) when it stands in a map.</summary>
internal readonly record struct ConfigValue(object Value, int Line, object? Key = null);
