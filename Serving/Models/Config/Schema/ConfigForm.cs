namespace Serving.Models.Config.Schema;

/// <summary>The two ways to write a configuration; protobuf gives each its own rules for scalars, lists and maps.</summary>
internal enum ConfigForm
{
    Text,
    Json,
}
