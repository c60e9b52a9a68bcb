using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>Kinds of quotas in words.</summary>
internal static class QuotaKinds
{
    /// <summary>Kinds that are counted by the second.</summary>
    public const int Rates = 3;

    private static readonly string[] Names = ["requests", "rows", "bytes", "concurrent"];

    private static readonly string[] Sentences = ["requests a second", "rows a second", "bytes a second", "requests under way at one time"];

    /// <summary>The kind as headers and metrics name it.</summary>
    public static string Name(this QuotaKind kind) => Names[(int)kind];

    /// <summary>The kind as a sentence has it, behind a number.</summary>
    public static string Sentence(this QuotaKind kind) => Sentences[(int)kind];
}
