using System.Buffers;
using Gateway.Access;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Access;

namespace Gateway.Grpc.Transport;

/// <summary>One call under way: its metadata both ways, its deadline, its messages.</summary>
internal sealed class GrpcCall : IMessageDoor, IDisposable
{
    private readonly HttpContext context;
    private readonly CallDeadline? deadline;
    private OperationKind? guarded;
    private Func<ReadOnlySequence<byte>, string?>? modelIn;

    /// <param name="context">The HTTP/2 request behind the call.</param>
    /// <param name="principal">Who calls.</param>
    /// <param name="head">What its headers say.</param>
    /// <param name="resources">What it shares with other calls.</param>
    public GrpcCall(HttpContext context, Principal principal, in CallHead head, CallResources resources)
    {
        this.context = context;
        if (head.Timeout < CallDeadline.Longest)
            deadline = new CallDeadline(head.Timeout.Value, resources.Clock, context.RequestAborted);
        Resources = resources;
        Principal = principal;
        Reader = new FrameReader(context.Request.BodyReader, head.RequestCoding, resources, this);
        Writer = new FrameWriter(context.Response, head.AnswerCoding, resources.Instruments);
    }

    /// <summary>Cancelled at the deadline, and when the caller goes away.</summary>
    public CancellationToken Cancellation => deadline?.Token ?? context.RequestAborted;

    /// <summary>What it shares with other calls.</summary>
    public CallResources Resources { get; }

    public Principal Principal { get; }

    /// <summary>The model that the call's message names, for the log.</summary>
    public string? Model { get; set; }

    /// <summary>Cancelled when the server is told to stop.</summary>
    public CancellationToken Stopping => Resources.Stopping;

    /// <summary>The time to the deadline, not negative; null when there is none.</summary>
    public TimeSpan? TimeLeft => deadline?.Left;

    public bool IsExpired => deadline is { Passed: true };

    /// <summary>What the caller sent beside its messages. Names are case-insensitive.</summary>
    public IHeaderDictionary Metadata => context.Request.Headers;

    /// <summary>What goes before the first message of the answer; fixed once that is on its way.</summary>
    public IHeaderDictionary AnswerMetadata => context.Response.Headers;

    public FrameReader Reader { get; }

    public FrameWriter Writer { get; }

    /// <summary>Null when the caller may do this to the model, which the door could not know.</summary>
    public ServingError? Authorize(OperationKind kind, string model) =>
        ReferenceEquals(Principal, Principal.Anonymous) ? null : Resources.Access.Authorize(Principal, kind, model);

    /// <summary>From now on the call is refused as soon as the beginning of its message names a model that the caller may not use.</summary>
    /// <param name="kind">What is asked for.</param>
    /// <param name="model">The model that a beginning names; null where it names none yet.</param>
    public void Guard(OperationKind kind, Func<ReadOnlySequence<byte>, string?> model) => (guarded, modelIn) = (kind, model);

    ServingError? IMessageDoor.Refuse(in ReadOnlySequence<byte> beginning) =>
        modelIn?.Invoke(beginning) is { } model ? Authorize(guarded!, model) : null;

    /// <summary>Who calls, for the audit.</summary>
    public Actor ToActor() => new(Principal.Name, context.Connection.RemoteIpAddress?.ToString());

    public void Dispose()
    {
        Reader.Release();
        deadline?.Dispose();
    }
}
