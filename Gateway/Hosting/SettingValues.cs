using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>Reads values that <see cref="ServingConfiguration"/> has checked; what is not set is as usual.</summary>
internal readonly struct SettingValues(IConfigurationSection section)
{
    public string Read(string key, string usual) => section[key] ?? usual;

    public int Read(string key, int usual) => section[key] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    public long Read(string key, long usual) => section[key] is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : usual;

    public double Read(string key, double usual) => section[key] is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : usual;

    public bool Read(string key, bool usual) => section[key] is { } text ? bool.Parse(text) : usual;
}
