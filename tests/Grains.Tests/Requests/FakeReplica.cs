using System.Reflection;
using Grains.Inference;
using Grains.Replicas;

namespace Grains.Tests.Requests;

/// <summary>A replica on another silo, whose answers come when the test says so. A proxy: a class of that interface would be a grain.</summary>
public class FakeReplica : DispatchProxy
{
    public List<Call> Calls { get; } = [];

    /// <summary>Whether it was asked for its silo, and what came of it.</summary>
    public List<TaskCompletionSource<SiloAddress>> Probes { get; } = [];

    public static (IModelReplica Grain, FakeReplica Fake) Create()
    {
        var grain = Create<IModelReplica, FakeReplica>();
        return (grain, (FakeReplica)(object)grain);
    }

    protected override object? Invoke(MethodInfo? method, object?[]? arguments)
    {
        switch (method!.Name)
        {
            case nameof(IModelReplica.Infer):
                var alone = new Call([(SentRequest)arguments![0]!], (CancellationToken)arguments[1]!);
                Calls.Add(alone);
                return One(alone.Answers.Task);
            case nameof(IModelReplica.InferTogether):
                var together = new Call(((SentRequests)arguments![0]!).Requests, CancellationToken.None);
                Calls.Add(together);
                return new ValueTask<SentAnswers>(together.Answers.Task);
            case nameof(IModelReplica.Where):
                Probes.Add(new TaskCompletionSource<SiloAddress>());
                return Probes[^1].Task;
            default:
                throw new NotSupportedException(method.Name);
        }
    }

    private static async Task<SentAnswer> One(Task<SentAnswers> answers) => (await answers.ConfigureAwait(false)).Answers[0];

    public sealed class Call(SentRequest[] requests, CancellationToken token)
    {
        public SentRequest[] Requests { get; } = requests;

        public CancellationToken Token { get; } = token;

        internal TaskCompletionSource<SentAnswers> Answers { get; } = new();

        /// <summary>Answers each of its requests, which took so long.</summary>
        public void Answer(TimeSpan took) => Here.Run(() => Answers.SetResult(new SentAnswers([.. Requests.Select(_ => new SentAnswer { Compute = took })])));

        public void Fail(string reason) => Here.Run(() => Answers.SetException(new InvalidOperationException(reason)));
    }
}
