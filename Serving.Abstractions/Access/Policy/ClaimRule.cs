namespace Serving.Access.Policy;

/// <summary>What the bearers of tokens with a certain claim may do.</summary>
/// <param name="Claim">The claim's name, such as <c>scope</c> or <c>roles</c>.</param>
/// <param name="Value">What it must be, or hold: as an element of an array, or as a word of a text.</param>
/// <param name="Grant">What they may do.</param>
public sealed record ClaimRule(string Claim, string Value, AccessGrant Grant);
