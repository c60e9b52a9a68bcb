using System.Text;
using Serving.Models.Config.Reading;

namespace Serving.Models.Config;

/// <summary>Whatever is made of a file, reading it ends in a configuration or in sentences, and what is read can be written and read again.</summary>
public sealed class ConfigMutationTests
{
    private static readonly byte[][] Pieces =
    [
        "{"u8.ToArray(), "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), "\""u8.ToArray(), ":"u8.ToArray(), ","u8.ToArray(), "\\"u8.ToArray(),
        "-"u8.ToArray(), "0"u8.ToArray(), "-1"u8.ToArray(), "9223372036854775808"u8.ToArray(), "1e999"u8.ToArray(), "0x"u8.ToArray(), "nan"u8.ToArray(),
        "null"u8.ToArray(), "true"u8.ToArray(), "\n"u8.ToArray(), "#"u8.ToArray(), "\\u00"u8.ToArray(), [0], [0xFF], [0xC3], "<"u8.ToArray(), ">"u8.ToArray(),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_MutatedFiles_NeverThrowsAndRoundTrips(int seed)
    {
        var random = new Random(seed);
        var text = Encoding.UTF8.GetBytes(ConfigSamples.WholeText);
        var json = Encoding.UTF8.GetBytes(ConfigSamples.WholeJson);
        var accepted = 0;
        for (var i = 0; i < 1500; i++)
        {
            accepted += ReadsBack(ConfigTextReader.Read(Mutate(text, random), "config.pbtxt", "m"));
            accepted += ReadsBack(ConfigJsonReader.Read(Mutate(json, random), "model.json", "m"));
        }

        // Else the mutations would only ever have tried the first check.
        Assert.InRange(accepted, 100, 2900);
    }

    private static int ReadsBack(Outcome<ModelConfig> read)
    {
        if (!read.TryGetValue(out var config, out var error))
        {
            Assert.Matches("^[a-z.]+:[0-9]+: ", error.Message);
            return 0;
        }

        var again = ConfigJsonReader.Read(ConfigJsonWriter.Write(config).Span, "model.json", "m").Value;
        Assert.Equal(config with { Warnings = [] }, again with { Warnings = [] });
        return 1;
    }

    private static byte[] Mutate(byte[] source, Random random)
    {
        var bytes = new List<byte>(source);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)); break;
                case 1: bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]); break;
                case 2: bytes[at] = (byte)random.Next(256); break;
                default: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count / 2), random.Next(1, bytes.Count / 2))); break;
            }

            if (bytes.Count == 0) bytes.Add((byte)' ');
        }

        return [.. bytes];
    }
}
