namespace Grains.Replicas;

/// <summary>
/// How many replicas of one version there should be, by how long its requests wait in their queues.
/// </summary>
/// <remarks>
/// <para>A machine: silos' counts and the time come in, a number goes out. Each silo that holds a replica says now and then how many
/// requests it ran since and how long they waited in all; every <see cref="LookEvery"/> the mean wait is looked at.</para>
/// <para><b>Up</b>: a mean wait above the target in two looks in a row adds half as many replicas again, at least one. A queue that is
/// too long grows, so waiting for more proof costs callers; after a step the new replicas get <see cref="Settling"/> to show.</para>
/// <para><b>Down</b>: a mean wait below a tenth of the target, look after look, for the patience of <see cref="LeastPatience"/>, takes one
/// away. A step down that has to be taken back within that time was a mistake: the patience doubles, up to <see cref="MostPatience"/>, so
/// that a load between two numbers does not load and unload for ever.</para>
/// <para>Between the two, nothing changes. The number is always within the bounds.</para>
/// </remarks>
internal sealed class ReplicaScale
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>After a step up, the next one comes no sooner.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    public static readonly TimeSpan LeastPatience = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan MostPatience = TimeSpan.FromHours(1);

    /// <summary>A wait below this part of the target is as good as none.</summary>
    private const double Quiet = 0.1;

    private const int LooksToRise = 2;

    private readonly int least;
    private readonly int most;
    private readonly TimeSpan target;
    private DateTimeOffset? looked;
    private DateTimeOffset? quietSince;
    private DateTimeOffset rose = DateTimeOffset.MinValue;
    private DateTimeOffset fell = DateTimeOffset.MinValue;
    private TimeSpan patience = LeastPatience;
    private long requests;
    private TimeSpan waited;
    private int busyLooks;

    /// <param name="bounds">From how many to how many, and the target.</param>
    public ReplicaScale(ReplicaBounds bounds)
    {
        (least, most, target) = (bounds.Least, bounds.Most, bounds.QueueDelay);
        Wanted = least;
    }

    public int Wanted { get; private set; }

    /// <summary>Goes on with what is loaded already, as far as the bounds allow.</summary>
    public void Resume(int loaded) => Wanted = Math.Clamp(loaded, least, most);

    /// <summary>Takes a silo's counts since its last ones; true when another number is wanted now.</summary>
    /// <param name="ran">Requests that ran.</param>
    /// <param name="queued">How long they waited, all together.</param>
    /// <param name="now">The time.</param>
    public bool Count(long ran, TimeSpan queued, DateTimeOffset now)
    {
        requests += ran;
        waited += queued;
        looked ??= now;
        if (now - looked < LookEvery) return false;
        looked = now;
        var before = Wanted;
        Look(requests == 0 ? TimeSpan.Zero : waited / requests, now);
        (requests, waited) = (0, TimeSpan.Zero);
        return Wanted != before;
    }

    private void Look(TimeSpan wait, DateTimeOffset now)
    {
        busyLooks = wait > target ? busyLooks + 1 : 0;
        if (wait > Quiet * target) quietSince = null;
        else quietSince ??= now;
        if (busyLooks >= LooksToRise && now - rose >= Settling && Wanted < most) Rise(now);
        else if (now - quietSince >= patience && Wanted > least) Fall(now);
    }

    private void Rise(DateTimeOffset now)
    {
        if (now - fell < patience) patience = patience < MostPatience / 2 ? 2 * patience : MostPatience;
        Wanted = Math.Min(most, Wanted + Math.Max(1, Wanted / 2));
        rose = now;
        busyLooks = 0;
    }

    private void Fall(DateTimeOffset now)
    {
        Wanted--;
        fell = now;
        quietSince = now;
    }
}
