using Benchmarks.Drift;
using Benchmarks.Load;
using Benchmarks.OpenInference;
using BenchmarkDotNet.Running;
using Benchmarks.Routing;

// Verbs that scripts and readers of docs/ run; anything else goes to BenchmarkDotNet.
try
{
    switch (args.FirstOrDefault())
    {
        case "ort":
            Console.WriteLine(OrtLoop.Run(new Arguments(args.AsSpan(1), "model", "batch", "threads", "intra", "seconds", "free")));
            return 0;
        case "sessions":
            Console.WriteLine(SessionStart.Run(new Arguments(args.AsSpan(1), "models")));
            return 0;
        case "bookkeeping":
            Console.WriteLine(Bookkeeping.Run(new Arguments(args.AsSpan(1), "request-us")));
            return 0;
        case "tuning":
            Console.WriteLine(TuningGrid.Run(new Arguments(args.AsSpan(1), "model", "latency-ms", "max-batch", "callers", "seconds", "rounds", "pairs", "free")));
            return 0;
        case "openload":
            using (var load = new OpenLoad(new Arguments(args.AsSpan(1), "url", "body", "headers", "rate", "connections", "seconds", "warmup", "deadline", "pids", "seed", "arrivals")))
                Console.WriteLine(load.Run());
            return 0;
        case "grpcload":
            using (var load = new GrpcLoad(new Arguments(args.AsSpan(1), "url", "model", "columns", "connections", "streams", "seconds")))
                Console.WriteLine(load.Run());
            return 0;
        case "simulate" when args is [_, "rollout", .. var rest]:
            return SimulateRollout.Run(rest);
        case "simulate" when args is [_, "drift", .. var rest]:
            return SimulateDrift.Run(rest);
        case "sticky" when args is [_, "dump", .. var rest]:
            return StickyDump.Run(rest);
        case "fuzz":
            return FuzzCommand.Run(args.ElementAtOrDefault(1), new Arguments(args.AsSpan(Math.Min(2, args.Length)), "count", "seed"));
        default:
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return 0;
    }
}
catch (ArgumentException e)
{
    Console.Error.WriteLine($"{e.Message}\n{OrtLoop.Usage}\n{SessionStart.Usage}\n{OpenLoad.Usage}\n{GrpcLoad.Usage}\n{Bookkeeping.Usage}\n{TuningGrid.Usage}\n{FuzzCommand.Usage}");
    return 2;
}
