using System.Buffers;
using System.Runtime.CompilerServices;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.OpenInference;

/// <summary>
/// Reads the body of an inference request: JSON, JSON followed by blobs (the binary tensor data extension), or the bytes of
/// the only input (its raw form).
/// </summary>
/// <remarks>
/// <para>
/// The whole body is there before reading begins. JSON in one piece is read where it lies; in several, it is first joined in
/// one pooled buffer, since most bodies fit a single pipe segment and a reader that may be interrupted anywhere would slow
/// them all. Numbers go from the text into tensor memory in one pass; blobs are referred to or copied once.
/// </para>
/// <para>
/// Invariants. Every body ends in a request or in a sentence that names the field, never in an exception. What is allocated
/// follows the body's length, not the numbers in it (at most 8 bytes a byte, for BYTES and FP64 in their shortest form, the
/// pool's rounding included). A request's tensors have exactly the bytes that their shape and type call for. How the body
/// was cut into segments never shows in the result.
/// </para>
/// <para>One reader serves all requests, on any number of threads.</para>
/// </remarks>
internal sealed class InferenceBodyReader(ReadLimits limits, NameTable names, TensorPool pool)
{
    private const int ScratchBytes = 1024;

    /// <param name="body">The whole body.</param>
    /// <param name="headerLength">The request's <c>Inference-Header-Content-Length</c>; null when it has none.</param>
    /// <param name="model">The model's name, for sentences.</param>
    /// <param name="signature">The model's signature; needed for a raw body only, that is where the header is 0.</param>
    /// <param name="bodyOutlivesRequest">
    /// The body's memory stays as it is until the request is disposed, so that tensors may refer to it.
    /// </param>
    public Outcome<ParsedInference> Read(
        in ReadOnlySequence<byte> body, long? headerLength, string model, ModelMetadata? signature, bool bodyOutlivesRequest)
    {
        var jsonLength = headerLength ?? body.Length;
        if (jsonLength < 0 || jsonLength > body.Length)
            return ServingError.Invalid($"Inference-Header-Content-Length is {jsonLength}, but the body has {body.Length} bytes");
        if (headerLength == 0)
        {
            ArgumentNullException.ThrowIfNull(signature);
            return RawBodyReader.Read(body, signature, pool, bodyOutlivesRequest);
        }

        if (jsonLength == 0) return ServingError.Invalid("the request body is empty; send a JSON object with inputs");
        if (jsonLength > Array.MaxLength) return ServingError.Invalid("the JSON of the request body is longer than 2 GiB");
        if (body.FirstSpan.Length >= jsonLength)
            return Read(body.FirstSpan[..(int)jsonLength], body, headerLength, model, bodyOutlivesRequest);

        using var lease = new TensorLease(pool);
        var joined = lease.Rent((int)jsonLength).Span;
        body.Slice(0, jsonLength).CopyTo(joined);
        return Read(joined, body, headerLength, model, bodyOutlivesRequest);
    }

    [SkipLocalsInit]
    private Outcome<ParsedInference> Read(
        ReadOnlySpan<byte> json, in ReadOnlySequence<byte> body, long? headerLength, string model, bool bodyOutlivesRequest)
    {
        var state = new BodyState
        {
            Cursor = new JsonCursor(json),
            Body = body,
            Model = model,
            Limits = limits,
            Names = names,
            Pool = pool,
            MayRefer = bodyOutlivesRequest,
            Scratch = stackalloc byte[ScratchBytes],
            NextBlob = headerLength ?? -1,
        };
        var draft = new RequestDraft();
        if (ReadRequest(ref state, ref draft)) return Finish(state.Lease, ref draft);
        state.Lease?.Dispose();
        return state.Fault();
    }

    private static bool ReadRequest(ref BodyState state, ref RequestDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (!state.Open((byte)'{', FieldPath.Of("the request body"))) return false;
        for (var first = true; state.NextMember(ref first, out var key);)
            if (!ReadMember(ref state, key, ref draft)) return false;
        if (cursor.Expected is not null) return false;
        if (cursor.Peek() != 0 || cursor.Position < cursor.Text.Length) return cursor.Fail("nothing");
        if ((draft.Seen & RequestMembers.Inputs) == 0) return state.Invalid("inputs is missing");
        return state.NextBlob < 0 || state.NextBlob == state.Body.Length
            || state.Invalid($"unexpected additional input data for model '{state.Model}'");
    }

    private static bool ReadMember(ref BodyState state, scoped ReadOnlySpan<byte> key, ref RequestDraft draft)
    {
        var member = MemberOf(key);
        if (member == RequestMembers.None) return state.Cursor.Skip(depth: 1);
        if ((draft.Seen & member) != 0) return state.Invalid($"{member.ToString().ToLowerInvariant()} is given twice");
        draft.Seen |= member;
        return member switch
        {
            RequestMembers.Inputs => InputsReader.Read(ref state, ref draft),
            RequestMembers.Outputs => OutputsReader.Read(ref state, ref draft),
            RequestMembers.Parameters => ParametersReader.Read(ref state, ref draft),
            _ => ReadId(ref state, ref draft),
        };
    }

    private static RequestMembers MemberOf(ReadOnlySpan<byte> key)
    {
        if (key.SequenceEqual("inputs"u8)) return RequestMembers.Inputs;
        if (key.SequenceEqual("outputs"u8)) return RequestMembers.Outputs;
        if (key.SequenceEqual("parameters"u8)) return RequestMembers.Parameters;
        return key.SequenceEqual("id"u8) ? RequestMembers.Id : RequestMembers.None;
    }

    private static bool ReadId(ref BodyState state, ref RequestDraft draft)
    {
        if (state.Cursor.TakeNull()) return true;
        if (!state.ReadText(FieldPath.Of("id"), out var id)) return false;
        draft.Id = id.Length == 0 ? null : id;
        return true;
    }

    private static ParsedInference Finish(TensorLease? lease, ref RequestDraft draft)
    {
        OutputForm[]? forms = null;
        if (draft.OutputCount > 0)
        {
            forms = new OutputForm[draft.OutputCount];
            for (var i = 0; i < forms.Length; i++)
                forms[i] = new OutputForm(draft.Forms[i].Binary ?? draft.BinaryOutputs, draft.Forms[i].Classes);
        }

        if (draft.Inputs.Length != draft.InputCount) Array.Resize(ref draft.Inputs, draft.InputCount);
        if (draft.Outputs.Length != draft.OutputCount) Array.Resize(ref draft.Outputs, draft.OutputCount);
        if (draft.Parameters.Length != draft.ParameterCount) Array.Resize(ref draft.Parameters, draft.ParameterCount);
        return new ParsedInference
        {
            Id = draft.Id,
            Inputs = draft.Inputs,
            Outputs = draft.Outputs,
            Forms = new OutputForms(forms, draft.BinaryOutputs),
            Parameters = draft.Parameters,
            Priority = draft.Priority,
            Timeout = draft.Timeout,
            Lease = lease,
        };
    }
}
