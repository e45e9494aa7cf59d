namespace LlavaMod.Runs;

/// <summary>One picture with a question, and what each model says: an item of samples.json.</summary>
/// <param name="Image">The picture, a PNG in base64.</param>
/// <param name="Prompt">The question.</param>
/// <param name="Answer">The true answer.</param>
/// <param name="Answers">Each model's answer, by the model's name.</param>
public sealed record SampleAnswers(string Image, string Prompt, string Answer, IReadOnlyDictionary<string, string> Answers)
{
    /// <summary>Writes samples.json, whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<SampleAnswers> samples) => RunJson.Write(path, samples);

    /// <summary>Reads samples.json.</summary>
    /// <exception cref="UserError">The file cannot be read or does not hold samples.</exception>
    public static IReadOnlyList<SampleAnswers> Read(string path) => RunJson.Read<SampleAnswers[]>(path);
}
