using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LlavaMod.Data;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// The words with which a judge is asked: a text with the places <c>{question}</c>, <c>{answer}</c>, <c>{reference}</c>, <c>{context}</c> and
/// <c>{category}</c>. Scores are comparable where it is the same.
/// </summary>
/// <param name="name">What results call it.</param>
/// <param name="template">The text.</param>
public sealed partial class JudgePrompt(string name, string template)
{
    private const long MostBytes = 1 << 20;

    /// <summary>What results call it.</summary>
    public string Name => name;

    /// <summary>The hash of the text, in lower-case hex.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template)));

    /// <summary>Reads a prompt of the user's, such as the one that a benchmark's own script has.</summary>
    /// <exception cref="UserError">It cannot be read, is no text, or has no place for the question or the answer.</exception>
    public static JudgePrompt Read(string path)
    {
        byte[] bytes = BoundedFile.Read(path, MostBytes);
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new UserError($"{path}: not UTF-8 text: {exception.Message}", exception);
        }
        foreach (string place in (string[])["{question}", "{answer}"])
        {
            if (!text.Contains(place, StringComparison.Ordinal))
                throw new UserError($"{path}: has no {place}; a judge's prompt has the places {{question}}, {{answer}}, {{reference}}, {{context}} and {{category}}, the first two at least");
        }
        return new JudgePrompt(Path.GetFileName(path), text);
    }

    /// <summary>The prompt for an answer. What is put into a place stays as it is, also where it looks like a place.</summary>
    public string Fill(JudgedQuestion question, string answer) => Places().Replace(template, place => place.Groups[1].Value switch
    {
        "question" => question.Text,
        "answer" => answer,
        "reference" => question.Reference,
        "context" => question.Context,
        _ => question.Category,
    });

    [GeneratedRegex(@"\{(question|answer|reference|context|category)\}")]
    private static partial Regex Places();
}
