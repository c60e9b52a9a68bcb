namespace Grains.Access;

/// <summary>A silo's copy of keys and limits.</summary>
[Alias("serving.access-observer")]
public interface IAccessObserver : IGrainObserver
{
    /// <summary>Takes what is newer; done once requests that begin now go by it.</summary>
    [ResponseTimeout("00:00:02"), Alias("apply")]
    Task Apply(SentAccess access);
}
