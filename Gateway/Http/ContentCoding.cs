namespace Gateway.Http;

/// <summary>The compressions spoken here. <c>deflate</c> is the zlib format, as HTTP defines it.</summary>
internal enum ContentCoding : byte
{
    Identity,
    Gzip,
    Deflate,
}
