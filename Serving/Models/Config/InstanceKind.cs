namespace Serving.Models.Config;

/// <summary>Where an instance group was meant to run, with Triton's numbers. All of them run on the CPU's cores here.</summary>
internal enum InstanceKind
{
    Auto = 0,
    Gpu = 1,
    Cpu = 2,
    Model = 3,
}
