namespace Gateway.OpenInference;

/// <summary>The kinds of value that a parameter may have.</summary>
internal enum ParameterKind : byte
{
    Text,
    Number,
    Boolean,
}
