namespace Gateway.OpenInference;

/// <summary>Which field a sentence is about, such as <c>inputs[2].datatype</c>. Costs nothing until it is written out.</summary>
internal readonly record struct FieldPath(string List, int Index, string? Field)
{
    public static FieldPath Of(string field) => new(field, -1, null);

    public FieldPath this[string field] => new(List, Index, Field is null ? field : $"{Field}.{field}");

    public override string ToString() => (Index < 0 ? List : $"{List}[{Index}]") + (Field is null ? "" : "." + Field);
}
