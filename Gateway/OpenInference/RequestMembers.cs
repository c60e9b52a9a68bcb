namespace Gateway.OpenInference;

/// <summary>The members of a request that mean something.</summary>
[Flags]
internal enum RequestMembers : byte
{
    None = 0,
    Id = 1,
    Parameters = 2,
    Inputs = 4,
    Outputs = 8,
}
