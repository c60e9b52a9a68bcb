using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Http;

/// <summary>A TCP connection that says exactly what a test wants said, and reads answers with a length.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket;
    private readonly NetworkStream stream;

    private RawConnection(Socket socket)
    {
        this.socket = socket;
        stream = new NetworkStream(socket, ownsSocket: true) { ReadTimeout = 20_000, WriteTimeout = 20_000 };
    }

    public static RawConnection Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return new RawConnection(socket);
    }

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    /// <summary>No more will be sent; answers can still be read.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Whether the server has closed its side: nothing more will come.</summary>
    public bool IsAtEnd()
    {
        try
        {
            return stream.ReadByte() < 0;
        }
        catch (IOException fault) when (fault.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }

    /// <param name="hasBody">False for answers to HEAD.</param>
    public RawAnswer Receive(bool hasBody = true)
    {
        var lines = ReadHead();
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1)) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        var length = hasBody && headers.TryGetValue("Content-Length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var body = new byte[length];
        stream.ReadExactly(body);
        return new RawAnswer(status, headers, body);
    }

    public void Dispose() => stream.Dispose();

    private List<string> ReadHead()
    {
        var head = new List<byte>();
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            var next = stream.ReadByte();
            if (next < 0) throw new EndOfStreamException($"The connection ended after '{Encoding.Latin1.GetString([.. head])}'.");
            head.Add((byte)next);
        }

        return [.. Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)];
    }
}
