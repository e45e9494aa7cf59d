namespace LlavaMod.Generation;

/// <summary>What one step gave one request.</summary>
/// <param name="Request">The request's index.</param>
/// <param name="Id">The token; where the model has ended the answer, the one that ended it.</param>
/// <param name="Text">
/// The characters that are certain with it, often none: whole ones, and none that may yet belong to a stop string. All of a request's pieces
/// together are <see cref="GeneratedAnswer.Text"/>. Empty without a tokenizer.
/// </param>
/// <param name="Finish">Why the answer ends with this token; null where it goes on.</param>
public readonly record struct NewToken(int Request, int Id, string Text, FinishReason? Finish);
