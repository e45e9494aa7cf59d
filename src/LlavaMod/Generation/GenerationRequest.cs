namespace LlavaMod.Generation;

/// <summary>A prompt and how it is answered. Requests of one batch may differ in both.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Options">How it is answered.</param>
public sealed record GenerationRequest(Prompt Prompt, GenerationOptions Options);
