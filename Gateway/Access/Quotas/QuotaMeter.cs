namespace Gateway.Access.Quotas;

/// <summary>
/// What is left of one quota. Several callers share it fairly: what one does not use the others get, but what one asks for within
/// its share no other can take from it. With one caller it is a bucket that fills with time.
/// </summary>
/// <remarks>
/// <para>A machine: it knows no clock or lock; <c>now</c> is in seconds. Each caller that asked lately has a balance of its own,
/// which grows by an equal part of the rate up to an equal part of the burst; what does not fit there goes into a pot for
/// whoever asks for more than its part.</para>
/// <para>Invariants. The balances and the pot together never exceed the burst, and grow by no more than the rate: a newcomer's
/// first balance is a loan of the pot's, which may owe one burst at the most. A cost that is known beforehand must be there, or
/// as much of it as a balance can hold; one known only afterwards may leave its caller, and nobody else, in debt. A wait that was
/// told is exact: a caller that is alone and comes back after it is admitted.</para>
/// <para>Where several processes share a quota, the meter does not grow by itself but by what is leased to it
/// (<see cref="Supply"/>), and lends newcomers nothing that it does not have. A wait is then an estimate.</para>
/// </remarks>
/// <param name="rate">Units a second.</param>
/// <param name="capacity">Units that may come at once.</param>
/// <param name="isLeased">It grows by leases only.</param>
internal sealed class QuotaMeter(double rate, double capacity, bool isLeased = false)
{
    /// <summary>Callers told apart; those beyond share the last place.</summary>
    public const int MostCallers = 64;

    /// <summary>Seconds after which a caller that does not ask gives up its part.</summary>
    private const double Idle = 10;

    /// <summary>What there must be for a cost that is not known yet.</summary>
    private const double Least = 1e-3;

    /// <summary>Seconds that growth is put off while there is enough: less than a thousandth of a second's quota.</summary>
    private const double Grain = 1e-3;

    private readonly List<Caller> callers = [];
    private double rate = rate;
    private double capacity = Math.Max(1, capacity);
    private double pot = isLeased ? 0 : Math.Max(1, capacity);
    private double at = double.NegativeInfinity;

    /// <summary>What the last refusal lacked, over all callers.</summary>
    public double Shortage { get; private set; }

    /// <summary>Whether who took last has half of its burst, or less.</summary>
    public bool IsLow { get; private set; }

    /// <summary>What is there, less the debts.</summary>
    public double Level => pot + callers.Sum(caller => caller.Balance);

    /// <summary>Takes a cost. Null when it was there, else how long until it will be, if nobody else comes.</summary>
    /// <param name="name">The caller.</param>
    /// <param name="cost">What is known of it now; 0 asks only that there is no debt.</param>
    /// <param name="now">Seconds.</param>
    public TimeSpan? TryTake(string name, double cost, double now)
    {
        if (now - at >= Grain) Grow(now);
        var caller = Find(name, now);
        caller.LastAsked = now;
        if (caller.Balance + Math.Max(0, pot) < Math.Max(Least, cost)) Grow(now);
        var needed = Math.Max(Least, cost * callers.Count <= capacity ? cost : capacity / callers.Count);
        var spare = Math.Max(0, pot);
        if (caller.Balance + spare >= needed)
        {
            Take(caller, cost);
            IsLow = 2 * (caller.Balance + Math.Max(0, pot)) * callers.Count <= capacity;
            return null;
        }

        Shortage = (needed - caller.Balance - spare) * callers.Count;
        return TimeSpan.FromSeconds(Shortage / rate) + TimeSpan.FromTicks(1);
    }

    /// <summary>Takes what an admitted request turned out to cost beside what it was admitted for.</summary>
    public void Charge(string name, double cost, double now) => Take(Find(name, now), cost);

    /// <summary>Gives back what was taken for nothing.</summary>
    public void Return(string name, double cost, double now)
    {
        var caller = Find(name, now);
        caller.Balance += Math.Min(cost, Math.Max(0, capacity - Sum() - pot));
    }

    /// <summary>What the caller could take now, not below 0, and in how many seconds all that it can have is there.</summary>
    public (double Amount, double Seconds) Left(string name, double now)
    {
        if (now - at >= Grain) Grow(now);
        var caller = Find(name, now);
        var part = capacity / callers.Count;
        var amount = caller.Balance + Math.Max(0, pot);
        return (Math.Max(0, amount), Math.Max(0, part - amount) * callers.Count / rate);
    }

    /// <summary>Units more, from a lease.</summary>
    public void Supply(double units, double now)
    {
        at = Math.Max(at, now);
        Share(units, now);
    }

    /// <summary>Takes out all that is there.</summary>
    public double Reclaim()
    {
        var all = Math.Max(0, pot) + Sum();
        pot = Math.Min(0, pot);
        foreach (var caller in callers) caller.Balance = Math.Min(0, caller.Balance);
        return all;
    }

    public void Change(double newRate, double newCapacity, double now)
    {
        Grow(now);
        var wasFull = !isLeased && pot + Sum() >= capacity;
        (rate, capacity) = (newRate, Math.Max(1, newCapacity));
        pot = wasFull ? capacity - Sum() : Math.Min(pot, capacity - Sum());
    }

    private void Take(Caller caller, double cost)
    {
        var fromPot = Math.Min(Math.Max(0, pot), Math.Max(0, cost - Math.Max(0, caller.Balance)));
        pot -= fromPot;
        caller.Balance -= cost - fromPot;
    }

    private void Grow(double now)
    {
        var grown = double.IsNegativeInfinity(at) || isLeased ? 0 : Math.Max(0, now - at) * rate;
        at = Math.Max(at, now);
        if (grown > 0) Share(grown, now);
    }

    private void Share(double grown, double now)
    {
        for (var i = callers.Count - 1; i >= 0; i--)
        {
            if (now - callers[i].LastAsked <= Idle || callers[i].Balance < 0) continue;
            pot += callers[i].Balance;
            callers.RemoveAt(i);
        }

        if (pot < 0)
        {
            // The pot's loans are paid like one caller more.
            var paid = Math.Min(-pot, grown / (callers.Count + 1));
            pot += paid;
            grown -= paid;
        }

        var part = callers.Count == 0 ? 0 : grown / callers.Count;
        var most = callers.Count == 0 ? 0 : capacity / callers.Count;
        foreach (var caller in callers)
        {
            var room = Math.Max(0, most - caller.Balance);
            var taken = Math.Min(room, part);
            caller.Balance += taken;
            grown -= taken;
        }

        pot = Math.Min(pot + grown, capacity - Sum());
    }

    private Caller Find(string name, double now)
    {
        foreach (var known in callers)
        {
            if (ReferenceEquals(known.Name, name)) return known;
        }

        foreach (var known in callers)
        {
            if (known.Name != name) continue;
            known.Name = name;
            return known;
        }

        if (callers.Count == MostCallers) return callers[^1];
        var loan = Math.Min(capacity / (callers.Count + 1), Math.Max(0, isLeased ? pot : pot + capacity));
        var caller = new Caller(name) { LastAsked = now, Balance = loan };
        pot -= loan;
        callers.Add(caller);
        return caller;
    }

    private double Sum()
    {
        var sum = 0.0;
        foreach (var caller in callers) sum += Math.Max(0, caller.Balance);
        return sum;
    }

    private sealed class Caller(string name)
    {
        /// <summary>The text that it came with last, which mostly is the very one that comes next.</summary>
        public string Name { get; set; } = name;

        public double LastAsked { get; set; }

        public double Balance { get; set; }
    }
}
