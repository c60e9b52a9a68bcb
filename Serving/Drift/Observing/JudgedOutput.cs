using Serving.Drift.Baselines;
using Serving.Inference;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>What of a version's answer feedback is compared with.</summary>
/// <param name="Task">What it is judged as.</param>
/// <param name="Answer">The class, or the number.</param>
/// <param name="Scores">A score for each class; empty when the answer has none.</param>
/// <param name="Classes">Names of the classes, in the scores' order; empty when they are not known beforehand.</param>
internal sealed record JudgedOutput(QualityTask Task, FeatureSource Answer, FeatureSource[] Scores, string[] Classes)
{
    private const int MostScores = 32;

    /// <summary>
    /// The output that the configuration names, or else the one whose form is preferred. Null when there is none, or nothing is to
    /// be judged.
    /// </summary>
    public static Outcome<JudgedOutput?> Of(ModelMetadata metadata, QualityConfig config)
    {
        if (config.Capacity == 0) return default(Outcome<JudgedOutput?>);
        Candidate[] outputs = [.. metadata.Outputs.Select((signature, place) => Candidate.Of(signature, place, metadata.MaxBatchSize > 0))];
        if (config.Output is { } name && !Array.Exists(outputs, output => output.Signature.Name == name))
            return ServingError.Invalid($"serving.quality.output: the model has no output '{name}'");

        var judged = outputs.Where(output => output.Form != AnswerForm.None && (config.Output is null || output.Signature.Name == config.Output))
            .OrderBy(output => output.Form).FirstOrDefault();
        if (judged is null)
        {
            return config.Output is null && config.Task is null
                ? default(Outcome<JudgedOutput?>)
                : ServingError.Invalid("serving.quality: there is no such output that is a label, scores of at most 256 classes or one number a row");
        }

        var isRegression = judged.Form == AnswerForm.Number || (judged.Form == AnswerForm.WholeNumber && config.Task == QualityTask.Regression);
        if (config.Task is { } task && (task == QualityTask.Regression) != isRegression)
            return ServingError.Invalid($"serving.quality.task does not fit output '{judged.Signature.Name}'; remove it, or name another output");
        return isRegression ? new JudgedOutput(QualityTask.Regression, judged.Source(SourcePart.Number), [], []) : Classified(judged, outputs);
    }

    private static JudgedOutput Classified(Candidate judged, Candidate[] outputs)
    {
        // Scores beside a text can only be told apart by names; beside a number the numbers do.
        var scores = judged.Form == AnswerForm.Scores ? judged : Array.Find(
            outputs, output => output.Form == AnswerForm.Scores && (judged.Form == AnswerForm.WholeNumber || output.Signature.Labels is not null));
        var part = judged.Form switch { AnswerForm.Text => SourcePart.Text, AnswerForm.Scores => SourcePart.Largest, _ => SourcePart.Number };
        return new JudgedOutput(
            QualityTask.Classification,
            judged.Source(part),
            scores?.Columns <= MostScores ? [.. Enumerable.Range(0, scores.Columns).Select(column => scores.Source(SourcePart.Number, column))] : [],
            scores is null ? [] : FeatureCatalog.ClassNames(scores.Signature, scores.Columns));
    }

    private sealed record Candidate(TensorSignature Signature, int Place, int Columns, AnswerForm Form)
    {
        public static Candidate Of(TensorSignature signature, int place, bool batches)
        {
            var columns = (int)FeatureCatalog.ColumnsOf(signature, batches);
            var isFloat = signature.Type is TensorType.Fp16 or TensorType.Bf16 or TensorType.Fp32 or TensorType.Fp64;
            var form = columns switch
            {
                1 when signature.Type == TensorType.Bytes => AnswerForm.Text,
                1 => isFloat ? AnswerForm.Number : AnswerForm.WholeNumber,
                > 1 and <= FeatureCatalog.MostColumns when isFloat => AnswerForm.Scores,
                _ => AnswerForm.None,
            };
            return new Candidate(signature, place, columns, form);
        }

        public FeatureSource Source(SourcePart part, int column = 0) => new(
            new FeatureSpec(Signature.Name, part == SourcePart.Number ? FeatureKind.Numeric : FeatureKind.Categorical), Signature.Name, true, Place, part, column, []);
    }
}
