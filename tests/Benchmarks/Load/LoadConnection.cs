using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Benchmarks.Load;

/// <summary>
/// One HTTP/1.1 connection that sends the same request again and again and reads answers with a Content-Length. Never blocks:
/// <see cref="Advance"/> does what the socket allows now.
/// </summary>
internal sealed class LoadConnection(IPEndPoint server, byte[] request) : IDisposable
{
    private readonly byte[] buffer = new byte[64 << 10];
    private Socket? socket;
    private int sent;
    private int received;
    private long bodyLeft;
    private bool headRead;
    private bool lastOne;

    /// <summary>The socket's number for poll.</summary>
    public int Handle => (int)socket!.Handle;

    /// <summary>When the request should have been sent, in nanoseconds.</summary>
    public long Intended { get; private set; }

    /// <summary>When it was.</summary>
    public long Sent { get; private set; }

    /// <summary>The answer's status; 0 when the connection broke before its end.</summary>
    public int Status { get; private set; }

    public bool MustWrite => sent < request.Length;

    public void Connect()
    {
        socket?.Dispose();
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        socket.Blocking = false;
    }

    /// <summary>Begins a request.</summary>
    public void Begin(long intended, long now)
    {
        (Intended, Sent, Status) = (intended, now, 0);
        (sent, received, bodyLeft, headRead, lastOne) = (0, 0, 0, false, false);
        Write();
    }

    /// <summary>Writes or reads what is possible. True when the request is over; <see cref="Status"/> tells how.</summary>
    public bool Advance()
    {
        if (MustWrite)
        {
            if (Write()) return false;
            return Broken();
        }

        var count = socket!.Receive(buffer.AsSpan(received), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock or SocketError.TryAgain) return false;
        if (error != SocketError.Success || count == 0) return Broken();
        if (headRead)
        {
            bodyLeft -= count;
        }
        else
        {
            received += count;
            ReadHead();
        }

        if (!headRead || bodyLeft > 0) return false;
        if (lastOne) Connect();
        return true;
    }

    public void Dispose() => socket?.Dispose();

    private bool Write()
    {
        sent += socket!.Send(request.AsSpan(sent), SocketFlags.None, out var error);
        return error is SocketError.Success or SocketError.WouldBlock or SocketError.TryAgain;
    }

    private bool Broken()
    {
        Status = 0;
        Connect();
        return true;
    }

    private void ReadHead()
    {
        var head = buffer.AsSpan(0, received);
        var end = head.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            if (received == buffer.Length) throw new InvalidDataException("The answer's head is longer than 64 KB.");
            return;
        }

        Utf8Parser.TryParse(head[9..12], out int status, out _);
        Status = status;
        bodyLeft = ContentLength(head[..(end + 2)]) - (received - end - 4);
        lastOne = head[..end].IndexOf("onnection: close"u8) >= 0;
        headRead = true;
        received = 0;
    }

    private static long ContentLength(ReadOnlySpan<byte> head)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            var colon = line.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8)
                && Utf8Parser.TryParse(line[(colon + 1)..].TrimStart((byte)' '), out long length, out _)) return length;
        }

        throw new InvalidDataException("The answer has no Content-Length, which this load generator needs.");
    }
}
