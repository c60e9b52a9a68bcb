namespace Serving.Models.Config.Schema;

/// <summary>The names of an enum; a name's position is its number.</summary>
internal sealed record EnumSpec(params string[] Names)
{
    /// <summary>The number of a name, or -1.</summary>
    public int Find(string name) => Array.IndexOf(Names, name);
}
