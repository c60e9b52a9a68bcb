using System.Buffers.Text;
using System.Text;
using Serving.Drift.Quality;

namespace Serving.Drift.Observing;

/// <summary>Reads what a version said of a row, as feedback is compared with it.</summary>
/// <param name="judged">What of the answer.</param>
/// <param name="first">The place of its sources in the layout: the answer's, then the scores'.</param>
internal sealed class AnswerReader(JudgedOutput judged, int first)
{
    /// <summary>Characters of a whole number.</summary>
    private const int MostDigits = 20;

    private readonly byte[][] classes = Array.ConvertAll(judged.Classes, Encoding.UTF8.GetBytes);
    private readonly float[] scores = new float[judged.Scores.Length];
    private readonly byte[] digits = new byte[MostDigits];

    /// <summary>The answer, good until the next is read; false when the caller did not ask for that output.</summary>
    /// <param name="rows">The observation.</param>
    /// <param name="row">Which of its rows.</param>
    /// <param name="request">The request's id.</param>
    /// <param name="answer">What was said of the row.</param>
    public bool TryRead(RowReader rows, int row, ReadOnlySpan<char> request, out GivenAnswer answer)
    {
        answer = default;
        if (!rows.IsThere(first)) return false;
        ReadOnlySpan<byte> label = default;
        double value = 0;
        switch (judged.Answer.Part)
        {
            case SourcePart.Text:
                if (!rows.TryText(first, row, out label)) return false;
                break;
            case SourcePart.Largest:
                if (!rows.TryLargest(first, row, classes.Length, out var largest)) return false;
                label = classes[largest];
                break;
            default:
                if (!rows.TryNumber(first, row, out value)) return false;
                if (judged.Task == QualityTask.Regression) break;
                Utf8Formatter.TryFormat((long)value, digits, out var length);
                label = digits.AsSpan(0, length);
                value = 0;
                break;
        }

        var hasLabel = judged.Task == QualityTask.Classification;
        answer = new GivenAnswer
        {
            Request = request, Index = row, HasLabel = hasLabel, Label = label, Value = value, Scores = hasLabel ? ReadScores(rows, row) : default,
        };
        return true;
    }

    private ReadOnlySpan<float> ReadScores(RowReader rows, int row)
    {
        if (scores.Length == 0 || !rows.IsThere(first + 1)) return default;
        for (var c = 0; c < scores.Length; c++)
            scores[c] = rows.TryNumber(first + 1 + c, row, out var score) ? (float)score : float.NaN;
        return scores;
    }
}
