using System.Buffers.Binary;
using Serving.Drift.Observing;

namespace Serving.Tests.Drift.Observing;

public sealed class ObservationQueueTests
{
    private readonly ObservationQueue queue = new();

    [Fact]
    public async Task TryTake_WhatManyThreadsPut_ComesOnceWholeAndInEachThreadsOrder()
    {
        const int Threads = 4, Each = 20_000;
        var next = new int[Threads];
        var writing = Threads;
        var writers = Enumerable.Range(0, Threads).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                // Lengths that leave the ends of blocks unused, and now and then one that needs a block of its own.
                var length = i % 5_000 == 4_999 ? ObservationBlock.Usual * 2 : 8 + (i % 700);
                while (!TryPut(length, writer, i)) Thread.Yield();
            }

            Interlocked.Decrement(ref writing);
        })).ToArray();

        while (true)
        {
            var isOver = Volatile.Read(ref writing) == 0;
            while (queue.TryTake(out var observation)) Check(observation.Data);
            if (isOver) break;
        }

        Assert.All(next, count => Assert.Equal(Each, count));
        await Task.WhenAll(writers);

        void Check(ReadOnlySpan<byte> data)
        {
            var (writer, number) = (BinaryPrimitives.ReadInt32LittleEndian(data), BinaryPrimitives.ReadInt32LittleEndian(data[4..]));
            Assert.Equal(next[writer]++, number);
            Assert.True(data[8..].IndexOfAnyExcept((byte)number) < 0);
        }
    }

    [Fact]
    public void TryReserve_BytesUsedUp_RefusesUntilTheyAreRead()
    {
        const int Large = 8 << 20;
        var put = 0;
        while (TryPut(Large, 0, put)) put++;

        Assert.Equal(7, put);
        Assert.True(TryPut(16, 0, put), "what is small finds room beside it");
        for (var i = 0; i <= put; i++) Assert.True(queue.TryTake(out _));
        Assert.False(queue.TryTake(out _));
        Assert.True(TryPut(Large, 0, 0));
    }

    private bool TryPut(int length, int writer, int number)
    {
        if (!queue.TryReserve(length, out var block, out var place, out var start)) return false;
        var room = block.Bytes.AsSpan(start, length);
        room.Fill((byte)number);
        BinaryPrimitives.WriteInt32LittleEndian(room, writer);
        BinaryPrimitives.WriteInt32LittleEndian(room[4..], number);
        block.Publish(place, new Observation(null!, default, default, null, 1, block.Bytes, length) { Start = start });
        return true;
    }
}
