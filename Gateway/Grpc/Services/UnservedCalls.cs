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

    public static IReadOnlyList<GrpcMethod> All { get; } =
    [
        Refuse("SystemSharedMemoryStatus", SharedMemory),
        Refuse("SystemSharedMemoryRegister", SharedMemory),
        Refuse("SystemSharedMemoryUnregister", SharedMemory),
        Refuse("CudaSharedMemoryStatus", SharedMemory),
        Refuse("CudaSharedMemoryRegister", SharedMemory),
        Refuse("CudaSharedMemoryUnregister", SharedMemory),
    ];

    private static RefusedMethod Refuse(string name, ServingError error) => new(GrpcServices.Inference, name, error);
}
