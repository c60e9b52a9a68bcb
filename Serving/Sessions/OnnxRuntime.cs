using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>
/// The native library and its one environment, for the life of the process. Telemetry is switched off in the environment
/// before the library loads (1.30 on Linux sends it by default) and once more through the API.
/// </summary>
internal sealed unsafe class OnnxRuntime
{
    private static readonly Lock Gate = new();
    private static OnnxRuntime? instance;
    private static ILogger log = NullLogger.Instance;

    private OnnxRuntime(string path)
    {
        Path = path;
        Libc.SetEnvironment("ORT_DISABLE_TELEMETRY", "1");
        Libc.KeepLargeBlocksApart();
        var library = NativeLibrary.Load(path);
        var apiBase = ((delegate* unmanaged<OrtApiBase*>)NativeLibrary.GetExport(library, "OrtGetApiBase"))();
        VersionText = Marshal.PtrToStringUTF8((nint)apiBase->GetVersionString()) ?? "unknown";
        var table = apiBase->GetApi(OrtApi.Version);
        if (table is null)
            throw new InvalidOperationException($"ONNX Runtime {VersionText} at '{path}' is too old: version 1.{OrtApi.Version} or newer is needed.");
        Api = new OrtApi(table);

        nint environment, memory, allocator;
        fixed (byte* name = "serving\0"u8)
            Check(Api.CreateEnvWithCustomLogger(&OnLog, null, 2, name, &environment));
        Environment = environment;
        Check(Api.DisableTelemetryEvents(environment));
        Check(Api.CreateCpuMemoryInfo(0, 0, &memory));
        CpuMemory = memory;
        Check(Api.GetAllocatorWithDefaultOptions(&allocator));
        Allocator = allocator;
        Providers = ReadProviders();
    }

    public OrtApi Api { get; }

    /// <summary>The library's file.</summary>
    public string Path { get; }

    /// <summary>Such as <c>1.30.0</c>.</summary>
    public string VersionText { get; }

    public nint Environment { get; }

    /// <summary>Describes plain CPU memory.</summary>
    public nint CpuMemory { get; }

    public nint Allocator { get; }

    /// <summary>The execution providers that this build of the library has, by its own names.</summary>
    public IReadOnlyList<string> Providers { get; }

    /// <summary>
    /// The process's runtime, loaded at the first call. Later calls must name the same library: a process has one.
    /// </summary>
    /// <param name="library">A path, or null for the library that the build put beside the program.</param>
    /// <param name="logger">Where the runtime's own log lines go from now on; null to leave that as it is.</param>
    /// <exception cref="InvalidOperationException">The library is missing, too old, or another one than before.</exception>
    public static OnnxRuntime Load(string? library, ILogger? logger)
    {
        lock (Gate)
        {
            log = logger ?? log;
            if (instance is not null)
            {
                return library is null || library == instance.Path
                    ? instance
                    : throw new InvalidOperationException($"ONNX Runtime is loaded from '{instance.Path}' already; '{library}' would need a process of its own.");
            }

            var path = library ?? LibraryFile.Find();
            try
            {
                return instance = new OnnxRuntime(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
            {
                throw new InvalidOperationException($"ONNX Runtime could not be loaded from '{path}': {e.Message}", e);
            }
        }
    }

    /// <summary>Throws when a status is not success, and releases it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Check(nint status)
    {
        if (status != 0) Throw(status);
    }

    /// <summary>Takes over a text that the runtime allocated.</summary>
    public string TakeText(byte* text)
    {
        var result = Marshal.PtrToStringUTF8((nint)text) ?? "";
        Check(Api.AllocatorFree(Allocator, text));
        return result;
    }

    private void Throw(nint status)
    {
        var code = Api.GetErrorCode(status);
        var message = Marshal.PtrToStringUTF8((nint)Api.GetErrorMessage(status)) ?? "unknown failure";
        Api.ReleaseStatus(status);
        throw new OrtException(code, message);
    }

    private string[] ReadProviders()
    {
        byte** names;
        int count;
        Check(Api.GetAvailableProviders(&names, &count));
        var result = new string[count];
        for (var i = 0; i < count; i++) result[i] = Marshal.PtrToStringUTF8((nint)names[i]) ?? "";
        Check(Api.ReleaseAvailableProviders(names, count));
        return result;
    }

    [UnmanagedCallersOnly]
    private static void OnLog(void* state, int severity, byte* category, byte* id, byte* location, byte* message)
    {
        var level = severity switch { 0 => LogLevel.Trace, 1 => LogLevel.Debug, 2 => LogLevel.Warning, 3 => LogLevel.Error, _ => LogLevel.Critical };
        var text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message));
        var place = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(location));
        SessionLog.Runtime(log, level, text, place);
    }
}
