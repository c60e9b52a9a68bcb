using Gateway.Grpc.Transport;
using Serving;

namespace Gateway.Grpc.Services;

/// <summary>
/// Procedures of the service that are not offered here, which the server's metadata says too. Each says what to do instead.
/// </summary>
internal static class UnservedCalls
{
    private static readonly ServingError SharedMemory = new(
        ErrorCode.Unsupported, "shared memory is not served here; send tensors with the request, as raw_input_contents");

    private static readonly ServingError Settings = new(
        ErrorCode.Unsupported,
        "settings are not changed over gRPC here; the log is set up at start, by the configuration section Logging");

    public static IReadOnlyList<GrpcMethod> All { get; } =
    [
        Refuse("SystemSharedMemoryStatus", SharedMemory),
        Refuse("SystemSharedMemoryRegister", SharedMemory),
        Refuse("SystemSharedMemoryUnregister", SharedMemory),
        Refuse("CudaSharedMemoryStatus", SharedMemory),
        Refuse("CudaSharedMemoryRegister", SharedMemory),
        Refuse("CudaSharedMemoryUnregister", SharedMemory),
        Refuse("TraceSetting", Settings),
        Refuse("LogSettings", Settings),
    ];

    private static RefusedMethod Refuse(string name, ServingError error) => new(GrpcServices.Inference, name, error);
}
