using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.OpenInference;
using Gateway.Tests.OpenInference.Fuzz;

namespace Gateway.Tests.OpenInference;

public sealed class NumberReadingTests
{
    [Fact]
    public void Read_RandomAndAdversarialNumbers_AgreesWithTheLibraryBitByBit() =>
        Assert.Null(NumberFuzz.Run(FuzzCount.Or(1_000_000), seed: 20261101));

    /// <summary>Numbers are read four at a time, these one by one, wherever they stand among the four.</summary>
    [Theory]
    [InlineData("16777217")]
    [InlineData("-16777219")]
    [InlineData("0.5000000298023224")]
    [InlineData("0.50000002980232238769531250")]
    [InlineData("16777217.000000000000001")]
    [InlineData("0.0000000000000001")]
    [InlineData("123456789012345678")]
    [InlineData("1e-3")]
    public void Read_NumberTooCloseToCallAmongOthers_AgreesWithTheLibrary(string number)
    {
        var expected = BitConverter.SingleToUInt32Bits(float.Parse(number, CultureInfo.InvariantCulture));
        for (var before = 0; before < 12; before++)
        {
            string[] row = [.. Enumerable.Repeat("0.25", before), number, .. Enumerable.Repeat("-7.5", 12 - before)];
            using var parsed = Bodies.MustRead(Bodies.Request("FP32", "[13]", $"[{string.Join(',', row)}]"));
            var values = MemoryMarshal.Cast<byte, float>(parsed.Inputs[0].Data.Span);
            Assert.Equal(expected, BitConverter.SingleToUInt32Bits(values[before]));
            Assert.All(values[..before].ToArray(), value => Assert.Equal(0.25f, value));
            Assert.All(values[(before + 1)..].ToArray(), value => Assert.Equal(-7.5f, value));
        }
    }

    [Theory]
    [InlineData("UINT8", "[0,255,1.0,2e1,30E-1,0.5e1,-0]", new byte[] { 0, 255, 1, 20, 3, 5, 0 })]
    [InlineData("INT8", "[-128,127,-1.0]", new byte[] { 128, 127, 255 })]
    [InlineData("BOOL", "[true,false,1,0,1.0]", new byte[] { 1, 0, 1, 0, 1 })]
    [InlineData("UINT16", "[65535]", new byte[] { 255, 255 })]
    [InlineData("INT64", "[-9223372036854775808,9223372036854775807]",
        new byte[] { 0, 0, 0, 0, 0, 0, 0, 128, 255, 255, 255, 255, 255, 255, 255, 127 })]
    [InlineData("UINT64", "[18446744073709551615,1.8446744073709551615e19,100000000000000000000e-20,1.000000000000000000000000]",
        new byte[]
        {
            255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
            1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        })]
    [InlineData("FP16", "[1,-0.1,65504,65519.99,5.96e-8]", new byte[] { 0, 0x3C, 0x66, 0xAE, 0xFF, 0x7B, 0xFF, 0x7B, 1, 0 })]
    [InlineData("BF16", "[1,1.00390625,1.01171875,1.0039062500000002,3.3895e38]",
        new byte[] { 0x80, 0x3F, 0x80, 0x3F, 0x82, 0x3F, 0x81, 0x3F, 0x7F, 0x7F })]
    public void Read_ElementsOfEachType_GiveTheirBytes(string type, string data, byte[] expected)
    {
        var count = data.Count(c => c == ',') + 1;
        using var parsed = Bodies.MustRead(Bodies.Request(type, $"[{count}]", data));
        Assert.Equal(expected, parsed.Inputs[0].Data.ToArray());
    }

    [Theory]
    [InlineData("UINT8", "256", "outside the range of UINT8")]
    [InlineData("UINT8", "-1", "outside the range of UINT8")]
    [InlineData("INT8", "-129", "outside the range of INT8")]
    [InlineData("INT16", "32768", "outside the range of INT16")]
    [InlineData("UINT32", "4294967296", "outside the range of UINT32")]
    [InlineData("INT64", "9223372036854775808", "outside the range of INT64")]
    [InlineData("INT64", "-9223372036854775809", "outside the range of INT64")]
    [InlineData("UINT64", "18446744073709551616", "outside the range of UINT64")]
    [InlineData("UINT64", "1e20", "outside the range of UINT64")]
    [InlineData("UINT64", "1e999999999999", "outside the range of UINT64")]
    [InlineData("UINT64", "123456789012345678901234567890", "outside the range of UINT64")]
    [InlineData("INT32", "1.5", "INT32 holds whole numbers")]
    [InlineData("INT32", "1e-1", "INT32 holds whole numbers")]
    [InlineData("INT32", "0.1000000000000000000000000", "INT32 holds whole numbers")]
    [InlineData("BOOL", "2", "outside the range of BOOL")]
    [InlineData("BOOL", "0.5", "outside the range of BOOL")]
    [InlineData("FP32", "3.5e38", "outside the range of FP32")]
    [InlineData("FP32", "-1e99999", "outside the range of FP32")]
    [InlineData("FP64", "1.8e308", "outside the range of FP64")]
    [InlineData("FP16", "65520", "outside the range of FP16")]
    [InlineData("BF16", "3.4e38", "outside the range of BF16")]
    [InlineData("FP32", "NaN", "JSON cannot carry")]
    [InlineData("FP32", "Infinity", "JSON cannot carry")]
    [InlineData("FP32", "-Infinity", "JSON cannot carry")]
    [InlineData("INT32", "true", "is no INT32")]
    [InlineData("FP32", "null", "is no FP32")]
    [InlineData("FP32", "\"1\"", "is no FP32")]
    [InlineData("FP32", "{\"a\":1}", "is no FP32")]
    [InlineData("BOOL", "\"true\"", "is no BOOL")]
    [InlineData("BYTES", "1", "is no BYTES")]
    [InlineData("BYTES", "null", "is no BYTES")]
    public void Read_ElementThatTheTypeCannotHold_NamesIt(string type, string element, string sentence)
    {
        var ok = type == "BYTES" ? "\"\"" : "1";
        var message = Bodies.Error(Bodies.Request(type, "[2]", $"[{ok},{element}]"));
        Assert.StartsWith("inputs[0].data[1] is ", message);
        Assert.Contains(sentence, message);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("-")]
    [InlineData("-.5")]
    [InlineData("1.5.5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1.e5")]
    [InlineData("1-1")]
    [InlineData("0x10")]
    [InlineData("1f")]
    [InlineData("00")]
    [InlineData("1_000")]
    [InlineData("١")]
    [InlineData("tru")]
    [InlineData("00000000000000000000000000000000001")]
    [InlineData("1234567890123456789.1.1")]
    [InlineData("123456789012345678.")]
    [InlineData("-.1234567890123456789")]
    [InlineData("012345678901234567.5")]
    public void Read_ElementThatIsNoJson_IsTold(string element)
    {
        foreach (var type in new[] { "FP32", "FP64" })
        {
            // Far from the body's end and close to it, where numbers are read another way.
            foreach (var rest in new[] { "", ",3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26" })
                Assert.Contains("not valid JSON", Bodies.Error(Bodies.Request(type, "[2]", $"[1,{element}{rest}]")));
        }
    }

    [Fact]
    public void FromDouble_EveryMiddle_TiesToEven()
    {
        for (var bits = 0; bits < 0x7F7F; bits++)
        {
            double low = BFloat.ToSingle((ushort)bits);
            double high = BFloat.ToSingle((ushort)(bits + 1));
            var middle = low + (high - low) / 2;
            Assert.Equal(bits + (bits & 1), BFloat.FromDouble(middle));
            Assert.Equal(bits, BFloat.FromDouble(Math.BitDecrement(middle)));
            Assert.Equal(bits + 1, BFloat.FromDouble(Math.BitIncrement(middle)));
            Assert.Equal(0x8000 | bits, BFloat.FromDouble(-low));
        }
    }
}
