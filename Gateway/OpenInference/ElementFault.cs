namespace Gateway.OpenInference;

/// <summary>What is wrong with text that should have been an element.</summary>
internal static class ElementFault
{
    /// <param name="text">The JSON.</param>
    /// <param name="position">Where the element starts; moved to <paramref name="stop"/> when the text is not JSON.</param>
    /// <param name="stop">Where its grammar broke.</param>
    public static DataFault OfNumber(ReadOnlySpan<byte> text, ref int position, int stop)
    {
        var element = text[position..];
        if (element.StartsWith("-"u8)) element = element[1..];
        if (element.StartsWith("NaN"u8) || element.StartsWith("Infinity"u8)) return DataFault.NotFinite;
        if (stop == position && !element.IsEmpty && IsOtherKind(text, position)) return DataFault.WrongKind;
        position = stop;
        return DataFault.Malformed;
    }

    /// <summary>Whether a JSON value of some kind stands there whole.</summary>
    private static bool IsOtherKind(ReadOnlySpan<byte> text, int position)
    {
        var cursor = new JsonCursor(text) { Position = position };
        return cursor.Skip(depth: 0);
    }
}
