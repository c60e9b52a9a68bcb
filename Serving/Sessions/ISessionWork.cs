namespace Serving.Sessions;

/// <summary>Something to run on a session thread: a batch that is due. It reports its own failures and never throws.</summary>
internal interface ISessionWork
{
    void Run();
}
