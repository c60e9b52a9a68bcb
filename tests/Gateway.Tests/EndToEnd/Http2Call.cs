using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.EndToEnd;

/// <summary>One gRPC call over and over on one connection, with frames made beforehand: a client that allocates nothing.</summary>
internal sealed class Http2Call
{
    private const byte Data = 0, Headers = 1, Settings = 4, WindowUpdate = 8;
    private const byte EndStream = 1, EndHeaders = 4;
    private const int FrameHead = 9;

    private readonly Socket socket;
    private readonly byte[] answer;
    private readonly byte[] first;
    private readonly byte[] later;
    private uint stream = 1;
    private int filled;

    public Http2Call(Socket socket, string path, byte[] message, byte[] answer)
    {
        this.socket = socket;
        this.answer = answer;
        (string, string)[] fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("content-type", "application/grpc"), ("te", "trailers")];
        var prefix = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), message.Length);
        var body = Frame(Data, EndStream, [.. prefix, .. message]);

        // Fields enter the connection's table with the first call, and are named by their places there, the last one's 62, later.
        first = [.. Frame(Headers, EndHeaders, [.. fields.SelectMany(f => (byte[])[0x40, .. Text(f.Item1), .. Text(f.Item2)])]), .. body];
        later = [.. Frame(Headers, EndHeaders, [.. fields.Select((_, i) => (byte)(0x80 | (61 + fields.Length - i)))]), .. body];
        socket.Send([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, []), .. Frame(WindowUpdate, 0, [0x7F, 0, 0, 0])]);
    }

    /// <summary>Calls, and waits for the trailers.</summary>
    public void Run()
    {
        var request = stream == 1 ? first : later;
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(5), stream);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(request.Length - BodyLength(request) + 5), stream);
        socket.Send(request);
        while (!TakeEnd()) filled += socket.Receive(answer.AsSpan(filled));
        stream += 2;
    }

    private static int BodyLength(byte[] request) => request.Length - FrameHead - (request[0] << 16 | request[1] << 8 | request[2]);

    private static byte[] Frame(byte type, byte flags, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0, .. payload];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    /// <summary>Drops whole frames from the answer; true when one of them ended the stream.</summary>
    private bool TakeEnd()
    {
        var (at, ended) = (0, false);
        while (filled - at >= FrameHead)
        {
            var frame = answer.AsSpan(at, filled - at);
            var length = FrameHead + (frame[0] << 16 | frame[1] << 8 | frame[2]);
            if (frame.Length < length) break;
            ended |= frame[3] == Headers && (frame[4] & EndStream) != 0 && BinaryPrimitives.ReadUInt32BigEndian(frame[5..]) == stream;
            at += length;
        }

        answer.AsSpan(at, filled - at).CopyTo(answer);
        filled -= at;
        return ended;
    }
}
