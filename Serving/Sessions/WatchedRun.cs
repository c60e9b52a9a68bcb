using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>The runtime's options of one run at a time, by which that run can be ended from another thread.</summary>
internal sealed unsafe class WatchedRun : IDisposable
{
    private readonly Lock gate = new();
    private readonly OnnxRuntime runtime;
    private readonly OrtHandle options;
    private long began;

    public WatchedRun(OnnxRuntime runtime)
    {
        this.runtime = runtime;
        nint created;
        runtime.Check(runtime.Api.CreateRunOptions(&created));
        options = new OrtHandle(created, runtime.Api.ReleaseRunOptions);
    }

    /// <summary>When the run that is under way began, as a timestamp; 0 when none is.</summary>
    public long Began
    {
        get => Volatile.Read(ref began);
        set => Volatile.Write(ref began, value);
    }

    /// <summary>The run was ended; these options end every run.</summary>
    public bool IsEnded { get; private set; }

    public nint Options => options.DangerousGetHandle();

    /// <summary>Ends the run that began then, unless it is over; 0 for whichever is under way.</summary>
    public void End(long of)
    {
        lock (gate)
        {
            if (of != 0 && Began != of || options.IsClosed) return;
            IsEnded = true;
            runtime.Check(runtime.Api.RunOptionsSetTerminate(Options));
        }
    }

    /// <summary>Marks the end of the run. False when it was ended, so that these options cannot be used again.</summary>
    public bool TryFinish()
    {
        Began = 0;
        if (!IsEnded) return true;
        lock (gate) return false;
    }

    public void Dispose()
    {
        lock (gate) options.Dispose();
    }
}
