using Gateway.Http;

namespace Gateway.Tests.Http;

public sealed class ContentCodingsTests
{
    [Theory]
    [InlineData(null, "Identity")]
    [InlineData("", "Identity")]
    [InlineData("identity", "Identity")]
    [InlineData("gzip", "Gzip")]
    [InlineData("GZIP", "Gzip")]
    [InlineData("x-gzip", "Gzip")]
    [InlineData("deflate", "Deflate")]
    [InlineData("gzip, deflate", "Gzip")]
    [InlineData("deflate, gzip, br, zstd", "Gzip")]
    [InlineData("gzip;q=0.5, deflate", "Deflate")]
    [InlineData("gzip;q=0, deflate;q=0", "Identity")]
    [InlineData("gzip; q=0", "Identity")]
    [InlineData("br", "Identity")]
    [InlineData("*", "Gzip")]
    [InlineData("*;q=0", "Identity")]
    [InlineData("gzip;q=0, *", "Deflate")]
    [InlineData("identity, gzip;q=0.5", "Identity")]
    [InlineData("identity;q=0, deflate;q=0.001", "Deflate")]
    [InlineData("gzip;q=nonsense", "Identity")]
    [InlineData("gzip;q=2", "Identity")]
    [InlineData(",,gzip,", "Gzip")]
    public void Choose_AcceptEncoding_TakesTheBest(string? header, string expected) =>
        Assert.Equal(expected, ContentCodings.Choose(header).ToString());

    [Theory]
    [InlineData(null, "Identity")]
    [InlineData("identity", "Identity")]
    [InlineData(" gzip ", "Gzip")]
    [InlineData("Deflate", "Deflate")]
    [InlineData("br", null)]
    [InlineData("gzip, deflate", null)]
    public void TryRead_ContentEncoding_KnowsOurs(string? header, string? expected) =>
        Assert.Equal(expected, ContentCodings.TryRead(header, out var coding) ? coding.ToString() : null);
}
