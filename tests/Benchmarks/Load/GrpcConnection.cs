using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Benchmarks.Load;

/// <summary>
/// One HTTP/2 connection that makes the same gRPC call again and again, on some streams at once. It knows of the protocol what that
/// takes and no more, so that it costs little beside the server: headers are compressed once, answers are told by their frames alone.
/// Never blocks: <see cref="Advance"/> does what the socket allows now.
/// </summary>
internal sealed class GrpcConnection : IDisposable
{
    private const int FrameHead = 9;
    private const int MaxFrame = 16 << 10;
    private const int Window = int.MaxValue;
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
    private const byte EndStream = 1, Ack = 1, EndHeaders = 4;
    private const short InitialWindow = 4;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] message;
    private readonly byte[] firstHead;
    private readonly byte[] laterHead = [0x83, 0x86, 0xC1, 0xC0, 0xBF, 0xBE];
    private readonly byte[] input = new byte[256 << 10];
    private readonly byte[] output = new byte[512 << 10];
    private readonly Dictionary<int, Call> calls = [];
    private readonly Queue<Call> waiting = new();
    private readonly Action<long, bool> ended;
    private int received;
    private int skip;
    private int outStart;
    private int outEnd;
    private int nextStream = 1;
    private long credit = 65_535;
    private long streamCredit = 65_535;
    private long taken;

    /// <param name="server">Where it listens.</param>
    /// <param name="path">The method.</param>
    /// <param name="message">The request with its prefix.</param>
    /// <param name="streams">Calls under way at once.</param>
    /// <param name="ended">Told of every call: when it began, and whether a message came back.</param>
    public GrpcConnection(IPEndPoint server, string path, byte[] message, int streams, Action<long, bool> ended)
    {
        (this.message, this.ended) = (message, ended);
        firstHead = [0x83, 0x86, 0x44, .. Text(path), 0x41, .. Text("load"), 0x5F, .. Text("application/grpc"), 0x40, .. Text("te"), .. Text("trailers")];
        socket.Connect(server);
        socket.Blocking = false;
        Put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        PutFrame(Settings, 0, 0, [0, (byte)InitialWindow, 0x7F, 0xFF, 0xFF, 0xFF]);
        PutFrame(WindowUpdate, 0, 0, Number(Window - 65_535));
        for (var i = 0; i < streams; i++) waiting.Enqueue(new Call());
    }

    public int Handle => (int)socket.Handle;

    public bool MustWrite => outEnd > outStart;

    public void Advance(long now)
    {
        while (true)
        {
            var count = socket.Receive(input.AsSpan(received), SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.TryAgain) break;
            if (error != SocketError.Success || count == 0) throw new IOException("the server closed a connection");
            received += count;
            ReadFrames(now);
        }

        Write(now);
    }

    public void Dispose() => socket.Dispose();

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private void ReadFrames(long now)
    {
        var at = 0;
        while (true)
        {
            // Payloads of messages are passed over as they come; the others are short and read whole.
            var passed = Math.Min(skip, received - at);
            (skip, at) = (skip - passed, at + passed);
            if (skip > 0 || received - at < FrameHead) break;
            var head = input.AsSpan(at);
            var length = head[0] << 16 | head[1] << 8 | head[2];
            var (type, flags, stream) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head[5..]));
            if (type is not (Data or Headers) && received - at < FrameHead + length) break;
            at += FrameHead;
            skip = length;
            Take(type, flags, stream, type is Data or Headers ? [] : input.AsSpan(at, length), length, now);
        }

        input.AsSpan(at, received - at).CopyTo(input);
        received -= at;
    }

    private void Take(byte type, byte flags, int stream, ReadOnlySpan<byte> payload, int length, long now)
    {
        if (type is Data or Headers)
        {
            var call = calls[stream];
            if (type == Data) Account(call, length);
            if ((flags & EndStream) == 0) return;
            calls.Remove(stream);
            waiting.Enqueue(call);
            ended(now - call.Began, call.Answered);
        }
        else if (type == Settings && (flags & Ack) == 0)
        {
            for (; payload.Length >= 6; payload = payload[6..])
            {
                if (BinaryPrimitives.ReadInt16BigEndian(payload) == InitialWindow) ChangeStreamCredit(BinaryPrimitives.ReadInt32BigEndian(payload[2..]));
            }

            PutFrame(Settings, Ack, 0, []);
        }
        else if (type == Ping && (flags & Ack) == 0) PutFrame(Ping, Ack, 0, payload);
        else if (type == WindowUpdate)
        {
            var more = BinaryPrimitives.ReadInt32BigEndian(payload);
            if (stream == 0) credit += more;
            else if (calls.TryGetValue(stream, out var call)) call.Credit += more;
        }
        else if (type == Reset) throw new IOException($"the server reset a stream: {Convert.ToHexString(payload)}");
        else if (type == GoAway) throw new IOException("the server says goodbye");
    }

    /// <summary>Holds for streams to come, and by the difference for those that are open.</summary>
    private void ChangeStreamCredit(int size)
    {
        foreach (var call in calls.Values) call.Credit += size - streamCredit;
        streamCredit = size;
    }

    private void Account(Call call, int length)
    {
        call.Answered = true;
        taken += length;
        if (taken < Window / 2) return;
        PutFrame(WindowUpdate, 0, 0, Number((int)taken));
        taken = 0;
    }

    private void Write(long now)
    {
        while (true)
        {
            Fill(now);
            if (outEnd == outStart) return;
            outStart += socket.Send(output.AsSpan(outStart, outEnd - outStart), SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.TryAgain) return;
            if (error != SocketError.Success) throw new IOException($"sending failed: {error}");
            if (outStart == outEnd) outStart = outEnd = 0;
        }
    }

    /// <summary>Puts what the windows allow into the output: calls under way first, then new ones.</summary>
    private void Fill(long now)
    {
        foreach (var (stream, call) in calls) PutMessage(stream, call);
        while (waiting.Count > 0 && HasRoom)
        {
            var call = waiting.Dequeue();
            var stream = nextStream;
            nextStream += 2;
            (call.Began, call.Sent, call.Credit, call.Answered) = (now, 0, streamCredit, false);
            calls.Add(stream, call);
            PutFrame(Headers, EndHeaders, stream, stream == 1 ? firstHead : laterHead);
            PutMessage(stream, call);
        }
    }

    private bool HasRoom => output.Length - outEnd > 2 * MaxFrame;

    private void PutMessage(int stream, Call call)
    {
        while (call.Sent < message.Length && HasRoom)
        {
            var size = (int)Math.Min(Math.Min(MaxFrame, message.Length - call.Sent), Math.Min(credit, call.Credit));
            if (size <= 0) return;
            var last = call.Sent + size == message.Length;
            PutFrame(Data, last ? EndStream : (byte)0, stream, message.AsSpan(call.Sent, size));
            call.Sent += size;
            call.Credit -= size;
            credit -= size;
        }
    }

    private void PutFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Put([(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags]);
        Put(Number(stream));
        Put(payload);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.AsSpan(outEnd));
        outEnd += bytes.Length;
    }

    /// <summary>A call under way, or a place for one.</summary>
    private sealed class Call
    {
        public long Began;
        public int Sent;
        public long Credit;
        public bool Answered;
    }
}
