namespace Serving.Models.Config.Syntax;

/// <summary>A name and its value, with the line of the name.</summary>
internal readonly record struct ConfigField(string Name, int Line, ConfigNode Value);
