using System.Buffers;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>
/// Reads the body of <c>:predict</c>, <c>:classify</c> and <c>:regress</c>: JSON that names neither types nor shapes. Types
/// come from the model's signature, shapes from the nesting; rows are stacked along a new first dimension.
/// </summary>
/// <remarks>
/// One pass from the text into tensor memory, without a document between. Every body ends in a request or in a sentence that
/// names the field. Memory follows the body's length, except for the context of examples, which is read once for each of
/// them and bounded by <see cref="MostContextBytes"/> in all. Members that the form does not know are ignored, as TensorFlow
/// Serving ignores them. One reader serves all requests.
/// </remarks>
internal sealed class PredictBodyReader(ReadLimits limits, NameTable names, TensorPool pool)
{
    private const int ScratchBytes = 1024;
    private const long MostContextBytes = 16 << 20;

    public Outcome<ParsedPredict> Read(in ReadOnlySequence<byte> body, ModelMetadata signature, TensorFlowCall call)
    {
        if (body.IsEmpty) return ServingError.Invalid($"the request body is empty; send a JSON object with {Wanted(call)}");
        if (body.IsSingleSegment) return Read(body.FirstSpan, signature, call);
        if (body.Length > Array.MaxLength) return ServingError.Invalid("the JSON of the request body is longer than 2 GiB");
        using var lease = new TensorLease(pool);
        var joined = lease.Rent((int)body.Length).Span;
        body.CopyTo(joined);
        return Read(joined, signature, call);
    }

    private Outcome<ParsedPredict> Read(ReadOnlySpan<byte> json, ModelMetadata signature, TensorFlowCall call)
    {
        var state = new BodyState
        {
            Cursor = new JsonCursor(json), Body = default, Model = signature.Name, Limits = limits, Names = names, Pool = pool,
            MayRefer = false, Scratch = stackalloc byte[ScratchBytes], NextBlob = -1,
        };
        if (TryRead(ref state, new InputDrafts(signature), call, out var inputs, out var rows))
        {
            return new ParsedPredict(
                new ParsedInference
                {
                    Inputs = inputs, Outputs = [], Forms = OutputForms.Json, Parameters = [], Lease = state.Lease,
                },
                rows, json.Length);
        }

        state.Lease?.Dispose();
        return state.Fault();
    }

    private static bool TryRead(ref BodyState state, InputDrafts drafts, TensorFlowCall call, out Tensor[] inputs, out int? rows)
    {
        (inputs, rows) = ([], null);
        if (!state.Open((byte)'{', FieldPath.Of("the request body"))) return false;
        string? form = null;
        var context = -1;
        var contextEnd = -1;
        var first = true;
        while (state.NextMember(ref first, out var key))
        {
            if (key.SequenceEqual("signature_name"u8))
            {
                if (!ReadSignatureName(ref state)) return false;
            }
            else if (FormOf(key, call) is { } found)
            {
                if (form is not null)
                    return state.Invalid(form == found ? $"{form} is given twice" : $"{form} and {found} are given; send one of them");
                form = found;
                if (!ReadForm(ref state, drafts, form, ref rows)) return false;
            }
            else
            {
                var isContext = call != TensorFlowCall.Predict && key.SequenceEqual("context"u8);
                if (isContext && context >= 0) return state.Invalid("context is given twice");
                state.Cursor.Peek();
                if (isContext) context = state.Cursor.Position;
                if (!state.Cursor.Skip(depth: 1)) return false;
                if (isContext) contextEnd = state.Cursor.Position;
            }
        }

        if (state.Cursor.Expected is not null || state.Error is not null) return false;
        state.Cursor.Peek();
        if (state.Cursor.Position < state.Cursor.Text.Length) return state.Cursor.Fail("nothing behind the body's object");
        if (form is null) return state.Invalid($"the request body must have {Wanted(call)}");
        if (context >= 0 && !ReadContext(ref state, drafts, context, contextEnd, rows!.Value)) return false;
        return drafts.TryFinish(ref state, form, rows, call != TensorFlowCall.Predict, out inputs);
    }

    private static string Wanted(TensorFlowCall call) =>
        call == TensorFlowCall.Predict ? "instances, or inputs" : "examples";

    private static string? FormOf(ReadOnlySpan<byte> key, TensorFlowCall call)
    {
        if (call != TensorFlowCall.Predict) return key.SequenceEqual("examples"u8) ? "examples" : null;
        if (key.SequenceEqual("instances"u8)) return "instances";
        return key.SequenceEqual("inputs"u8) ? "inputs" : null;
    }

    private static bool ReadSignatureName(ref BodyState state)
    {
        if (!state.ReadText(FieldPath.Of("signature_name"), out var name)) return false;
        return name is "" or "serving_default"
            || state.Invalid("signature_name may only be serving_default: a model has one signature here");
    }

    private static bool ReadForm(ref BodyState state, InputDrafts drafts, string form, ref int? rows)
    {
        var path = FieldPath.Of(form);
        if (form != "inputs") return ReadRows(ref state, drafts, form, out rows);
        return state.Cursor.Peek() == (byte)'{' && !BytesColumn.IsBase64(state.Cursor)
            ? drafts.ReadNamed(ref state, path, row: 0, depth: 0)
            : drafts.ReadOnly(ref state, path, row: 0, depth: 0);
    }

    private static bool ReadRows(ref BodyState state, InputDrafts drafts, string form, out int? rows)
    {
        rows = null;
        if (!state.Open((byte)'[', FieldPath.Of(form))) return false;
        var features = form == "examples";
        var named = features;
        var first = true;
        var row = 0;
        for (; state.Cursor.NextElement(ref first); row++)
        {
            var path = new FieldPath(form, row, null);
            var isNamed = features || (state.Cursor.Peek() == (byte)'{' && !BytesColumn.IsBase64(state.Cursor));
            if (row == 0) named = isNamed;
            else if (named != isNamed)
                return state.Invalid($"{path} is {(isNamed ? "an object" : "a plain value")}, but those before it are not; send all alike");
            if (!(isNamed ? drafts.ReadNamed(ref state, path, row, features ? null : 1) : drafts.ReadOnly(ref state, path, row, depth: 1)))
                return false;
        }

        if (state.Cursor.Expected is not null) return false;
        rows = row;
        return row > 0 || state.Invalid($"{form} is empty; send at least one");
    }

    /// <summary>The context's features belong to every example.</summary>
    private static bool ReadContext(ref BodyState state, InputDrafts drafts, int start, int end, int rows)
    {
        if ((long)rows * (end - start) > MostContextBytes)
            return state.Invalid($"context is too long to repeat for {rows} examples; put its features into the examples, in several requests");
        for (var row = 0; row < rows; row++)
        {
            state.Cursor.Position = start;
            if (!drafts.ReadNamed(ref state, FieldPath.Of("context"), row, depth: null)) return false;
        }

        return true;
    }
}
