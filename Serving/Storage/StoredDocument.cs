namespace Serving.Storage;

/// <summary>A document as it is kept.</summary>
/// <param name="Kind">What it is: <c>traffic</c>, <c>baseline</c>.</param>
/// <param name="Key">Which one: a model's name.</param>
/// <param name="ETag">A number that changes at every change and is never used again.</param>
/// <param name="Body">The document, as JSON in UTF-8.</param>
/// <param name="UpdatedAt">When it was written.</param>
internal sealed record StoredDocument(string Kind, string Key, long ETag, byte[] Body, DateTimeOffset UpdatedAt);
