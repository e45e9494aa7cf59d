using System.Text.Json.Nodes;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What a file of answers says of a question that student and teacher were asked.</summary>
/// <param name="Student">The student's answer.</param>
/// <param name="Teacher">The teacher's.</param>
/// <param name="Tokens">Tokens of the teacher's answer, its end included.</param>
/// <param name="Kl">The sum over them of KL(teacher || student), nats.</param>
/// <param name="SameTokens">At how many of them both find the same token most likely.</param>
internal sealed record AgreementRow(string Student, string Teacher, int Tokens, double Kl, int SameTokens)
{
    /// <summary>As a respondent gives it.</summary>
    public Response ToResponse() => new(Student, new JsonObject { ["teacher"] = Teacher, ["tokens"] = Tokens, ["kl"] = Kl, ["same_tokens"] = SameTokens });

    /// <summary>Reads a row.</summary>
    /// <exception cref="UserError">A value is missing or makes no sense.</exception>
    public static AgreementRow Read(PublishedRow row)
    {
        int tokens = row.Whole("tokens"), same = row.Whole("same_tokens");
        double kl = row.Number("kl");
        if (tokens < 0 || same < 0 || same > tokens || kl < 0) throw row.Complaint($"has {tokens} tokens, {same} same_tokens and a kl of {kl}, which cannot be");
        return new AgreementRow(row.Text("text"), row.Text("teacher"), tokens, kl, same);
    }

    /// <summary>What it contributes.</summary>
    public Agreement.Scored Score() => new(ExactMatch.Same(Student, Teacher), Tokens, Kl, SameTokens);
}
