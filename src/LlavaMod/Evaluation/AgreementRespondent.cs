using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Stages;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>Student and teacher, who both answer, and whose distributions over the teacher's answers are compared.</summary>
public sealed class AgreementRespondent : IRespondent
{
    private const int RowsAtOnce = 8;       // of a pass over prompts and answers
    private const int PositionsAtOnce = 256; // of logits over the whole vocabulary

    private static readonly ForwardKl Divergence = new(new ForwardKl.Options());

    private readonly Answerer student;
    private readonly Answerer teacher;

    /// <param name="student">The student.</param>
    /// <param name="teacher">The teacher.</param>
    /// <exception cref="UserError">Their vocabularies differ.</exception>
    public AgreementRespondent(Answerer student, Answerer teacher)
    {
        Vocabularies.Compare("student", student.Encoding.Tokenizer, "teacher", teacher.Encoding.Tokenizer);
        (this.student, this.teacher) = (student, teacher);
    }

    /// <inheritdoc/>
    public string? Refuses(EvaluationQuestion question) => student.Refuses(question) ?? teacher.Refuses(question);

    /// <inheritdoc/>
    public IEnumerable<IReadOnlyList<EvaluationQuestion>> Batches(IReadOnlyList<EvaluationQuestion> questions) => teacher.Batches(questions);

    /// <inheritdoc/>
    public IReadOnlyList<Response> Answer(IReadOnlyList<EvaluationQuestion> batch, CancellationToken cancellation)
    {
        var answers = teacher.Generate(batch, cancellation);
        var own = student.Generate(batch, cancellation);
        var rows = new List<Response>();
        for (int first = 0; first < batch.Count; first += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = batch.Skip(first).Take(RowsAtOnce).ToList();
            var compared = Compare(part, [.. answers.Skip(first).Take(part.Count)]);
            rows.AddRange(compared.Select((one, i) => new AgreementRow(own[first + i].Text, answers[first + i].Text, one.Tokens, one.Kl, one.Same).ToResponse()));
        }
        return rows;
    }

    // For each question: tokens of the teacher's answer, the sum of their divergences, at how many both expect the same.
    private (int Tokens, double Kl, int Same)[] Compare(List<EvaluationQuestion> questions, List<GeneratedAnswer> answers)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var (expected, targets, rows) = Hidden(teacher, questions, answers); // [N, D]
        var (given, _, _) = Hidden(student, questions, answers);
        var compared = new (int Tokens, double Kl, int Same)[questions.Count];
        for (int first = 0; first < rows.Length; first += PositionsAtOnce)
        {
            int count = Math.Min(PositionsAtOnce, rows.Length - first);
            var (losses, same) = Compare(expected, given, targets, first, count);
            for (int i = 0; i < count; i++)
            {
                ref var row = ref compared[rows[first + i]];
                row = (row.Tokens + 1, row.Kl + Math.Max(0, losses[i]), row.Same + (same[i] ? 1 : 0));
            }
        }
        return compared;
    }

    private (float[] Losses, bool[] Same) Compare(Tensor expected, Tensor given, Tensor targets, int first, int count)
    {
        using var scope = new TensorScope();
        var (of, by) = (teacher.Model.Language.Logits(expected.Narrow(0, first, count)), student.Model.Language.Logits(given.Narrow(0, first, count)));
        long words = student.Encoding.Tokenizer.VocabSize; // rows behind pad an embedding, and stand for no word
        (of, by) = (of.Narrow(-1, 0, words), by.Narrow(-1, 0, words));
        var losses = Divergence.PerToken(new TokenLogits(by, of, targets.Narrow(0, first, count))).To(DType.Float32).ToArray<float>();
        return (losses, of.Argmax(-1).Equal(by.Argmax(-1)).ToArray<bool>());
    }

    // Hidden states [N, D] before each token of the answers, those tokens [N], and the row of each.
    private static (Tensor Hidden, Tensor Targets, long[] Rows) Hidden(Answerer of, List<EvaluationQuestion> questions, List<GeneratedAnswer> answers)
    {
        var samples = questions.Zip(answers, (question, answer) => Answered(of, question, answer)).ToList();
        var batch = Splicer.Splice(samples, new SpliceOptions { TokensPerImage = of.Model.TokensPerImage });
        var features = of.Vision.Of(of.Model.Tower, [.. questions.SelectMany(question => question.Images(of.Encoding))], trained: false);
        var input = LlavaInput.From(batch, of.Model.Parameters.Device);
        var hidden = of.Model.Forward(input, features, new RoutingPass { TokenMask = input.Mask?.Reshape(-1) });
        var places = new Selection(TokenScope.Response, Shifted: true).In(batch);
        var indices = Tensor.From(places.Indices, places.Count).To(of.Model.Parameters.Device);
        return (hidden.Reshape(-1, hidden.Size(-1)).IndexSelect(0, indices), Tensor.From(places.Targets, places.Count).To(of.Model.Parameters.Device), batch.SamplesAt(places.Indices));
    }

    // The question and the teacher's answer to it, which alone is supervised.
    private static EncodedSample Answered(Answerer of, EvaluationQuestion question, GeneratedAnswer answer)
    {
        int[] prompt = of.Sequence(question).InputIds;
        int[] said = answer.Finish == FinishReason.Stop ? [.. answer.Tokens, of.Encoding.Template.EndOfAnswer(of.Encoding.Tokenizer)] : [.. answer.Tokens];
        return new EncodedSample(question.Id, [.. prompt, .. said], [.. prompt.Select(_ => Splicer.Ignored), .. said]);
    }
}
