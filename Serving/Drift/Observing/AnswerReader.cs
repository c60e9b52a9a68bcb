using System.Globalization;
using System.Text;
using Serving.Drift.Quality;

namespace Serving.Drift.Observing;

/// <summary>Reads what a version said of a row, as feedback is compared with it.</summary>
/// <param name="judged">What of the answer.</param>
/// <param name="first">The place of its sources in the layout: the answer's, then the scores'.</param>
internal sealed class AnswerReader(JudgedOutput judged, int first)
{
    private const int MostTexts = 1024;

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    /// <summary>The answer; null when the caller did not ask for that output.</summary>
    public Answer? Read(RowReader rows, int row)
    {
        if (!rows.IsThere(first)) return null;
        switch (judged.Answer.Part)
        {
            case SourcePart.Text:
                return rows.TryText(first, row, out var utf8) ? new Answer(TextOf(utf8), 0, ReadScores(rows, row)) : null;
            case SourcePart.Largest:
                return rows.TryLargest(first, row, judged.Classes.Length, out var largest) ? new Answer(judged.Classes[largest], 0, ReadScores(rows, row)) : null;
            default:
                if (!rows.TryNumber(first, row, out var number)) return null;
                return judged.Task == QualityTask.Regression
                    ? new Answer(null, number, null)
                    : new Answer(((long)number).ToString(CultureInfo.InvariantCulture), 0, ReadScores(rows, row));
        }
    }

    private float[]? ReadScores(RowReader rows, int row)
    {
        if (judged.Scores.Length == 0 || !rows.IsThere(first + 1)) return null;
        var scores = new float[judged.Scores.Length];
        for (var c = 0; c < scores.Length; c++)
            scores[c] = rows.TryNumber(first + 1 + c, row, out var score) ? (float)score : float.NaN;
        return scores;
    }

    /// <summary>Classes are few: each is kept as one text.</summary>
    private string TextOf(ReadOnlySpan<byte> utf8)
    {
        Span<char> wide = stackalloc char[256];
        if (utf8.Length > wide.Length) return Encoding.UTF8.GetString(utf8);
        wide = wide[..Encoding.UTF8.GetChars(utf8, wide)];
        var known = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(wide, out var text)) return text;
        text = wide.ToString();
        if (texts.Count < MostTexts) texts.Add(text, text);
        return text;
    }
}
