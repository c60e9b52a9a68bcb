using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>
/// A Unix socket in the data directory, by which whoever owns that directory administers the running server without a key: they
/// could as well change its files. The socket's own directory lets nobody else in.
/// </summary>
public static class ControlSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The longest path that the operating system takes for a socket; Linux has the most room.</summary>
    private const int LongestPath = 100;

    /// <summary>Where the socket of a data directory is.</summary>
    public static string PathIn(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), "control", "socket");

    /// <summary>
    /// Listens there too. Only for a server that holds the data directory for itself: what another one left there is removed.
    /// Without effect where the path is too long for a socket.
    /// </summary>
    public static void AddControlSocket(this WebApplicationBuilder builder, string dataDirectory)
    {
        var path = PathIn(dataDirectory);
        if (!Socket.OSSupportsUnixDomainSockets || path.Length > LongestPath) return;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var directory = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(directory);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory, OwnerOnly);
            File.Delete(path);
            kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http1);
        });
    }
}
