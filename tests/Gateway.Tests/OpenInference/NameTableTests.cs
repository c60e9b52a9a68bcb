using System.Text;
using Gateway.OpenInference;

namespace Gateway.Tests.OpenInference;

public sealed class NameTableTests
{
    [Fact]
    public void Get_KnownName_AllocatesNothing()
    {
        var table = new NameTable();
        var first = table.Get("input"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = table.Get("input"u8);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Same(first, second);
        Assert.Equal("input", first);
    }

    [Fact]
    public void Get_MoreNamesThanFit_StillAnswersRight()
    {
        var table = new NameTable(capacity: 64);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 1000; i++)
                Assert.Equal($"name {i}", table.Get(Encoding.UTF8.GetBytes($"name {i}")));
        }
    }

    [Fact]
    public void Get_InvalidUtf8_IsNull()
    {
        var table = new NameTable();
        Assert.Null(table.Get([0xFF]));
        Assert.Null(table.Get([0xFF]));
    }

    [Fact]
    public void Get_NamesOfAlikeEnds_AreToldApart()
    {
        var table = new NameTable();
        Assert.Equal("a\0", table.Get("a\0"u8));
        Assert.Equal("a", table.Get("a"u8));
        Assert.Equal("12345678", table.Get("12345678"u8));
        Assert.Equal("123456781", table.Get("123456781"u8));
        Assert.Equal(new string('n', 300), table.Get(Encoding.UTF8.GetBytes(new string('n', 300))));
    }

    [Fact]
    public void Get_FromManyThreads_AnswersRight()
    {
        var table = new NameTable(capacity: 16);
        Parallel.For(0, 20_000, i => Assert.Equal($"{i % 40}", table.Get(Encoding.UTF8.GetBytes($"{i % 40}"))));
    }
}
