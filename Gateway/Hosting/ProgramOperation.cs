using Microsoft.AspNetCore.Http;

namespace Gateway.Hosting;

/// <summary>Something to read that one edition has and the other has not. Needs the scope <c>read</c> for all models.</summary>
/// <param name="Name">Its name in metrics and logs.</param>
/// <param name="Path">Where it is read.</param>
/// <param name="Summary">What it is, in one sentence.</param>
/// <param name="Schema">The JSON schema of its answer.</param>
/// <param name="AnswerAsync">Writes the answer.</param>
public sealed record ProgramOperation(string Name, string Path, string Summary, string Schema, Func<HttpContext, Task> AnswerAsync);
