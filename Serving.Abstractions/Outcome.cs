using System.Diagnostics.CodeAnalysis;

namespace Serving;

/// <summary>The result of an operation that may fail in an expected way: a value, or a <see cref="ServingError"/>.</summary>
/// <remarks>Bugs, start-up configuration faults and cancellation are exceptions; everything else travels in here.</remarks>
public readonly struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, ServingError? error)
    {
        this.value = value;
        Error = error;
    }

    /// <summary>The failure, or null when there is a value.</summary>
    public ServingError? Error { get; }

    public bool IsSuccess => Error is null;

    /// <summary>The value. Throws <see cref="InvalidOperationException"/> when the operation failed.</summary>
    public T Value => Error is null ? value! : throw new InvalidOperationException(Error.Message);

    public bool TryGetValue([MaybeNullWhen(false)] out T result, [NotNullWhen(false)] out ServingError? error)
    {
        result = value;
        error = Error;
        return error is null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(ServingError error) => new(default, error);
}
