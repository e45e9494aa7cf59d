using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Teachers;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>
/// Hidden states of student and teacher for one micro-batch at the positions that some loss looks at, and the losses over them. Logits exist a chunk at a
/// time: with a large vocabulary they would be most of the step.
/// </summary>
internal sealed class SupervisedPass
{
    private readonly SplicedBatch batch;
    private readonly SupervisedRows rows;
    private readonly HeadRows student;
    private readonly ITeacherRows? teacher;
    private readonly Tensor targets; // Int64 [N]

    public SupervisedPass(
        SplicedBatch batch, SupervisedRows rows, Llava student, Tensor? studentFeatures, Llava? teacher, Tensor? teacherFeatures, SparseBatch? cached,
        RoutingPass routing, bool recompute)
    {
        (this.batch, this.rows, StudentFeatures) = (batch, rows, studentFeatures);
        var device = student.Parameters.Device;
        var input = LlavaInput.From(batch, device);
        targets = Tensor.From(rows.Targets, rows.Targets.Length).To(device);
        if (teacher is not null)
        {
            using var mode = GradMode.Off();
            this.teacher = Rows(teacher, teacherFeatures, new RoutingPass { TokenMask = routing.TokenMask }, false);
        }
        else
        {
            this.teacher = cached?.At(rows.Indices, device);
        }
        this.student = Rows(student, studentFeatures, routing, recompute);

        HeadRows Rows(Llava model, Tensor? features, RoutingPass pass, bool again) =>
            new(model.Forward(input, features, pass, again, rows.Indices), model.Language.Head); // [N, D]
    }

    /// <summary>What the student's tower sees, [images, patches, D], or null without images.</summary>
    public Tensor? StudentFeatures { get; }

    /// <summary>Log-probabilities of the samples' responses under the student: sums over their tokens, Float32 [B].</summary>
    public Tensor ResponseLogProbabilities()
    {
        using var scope = new TensorScope();
        var (answers, indices, next) = (student, rows.Indices, targets);
        if (rows.Of(Selection.Responses) is { } numbers)
        {
            var chosen = Tensor.From(numbers, numbers.Length).To(targets.Device);
            answers = answers with { Hidden = answers.Hidden.IndexSelect(0, chosen) };
            (indices, next) = (Array.ConvertAll(numbers, number => indices[number]), targets.IndexSelect(0, chosen));
        }
        return scope.Return(SequenceLogProbabilities.Of(answers, next, batch.SamplesAt(indices), batch.SampleCount));
    }

    /// <summary>The losses of some terms; null where they look at no position.</summary>
    /// <param name="terms">Which.</param>
    /// <param name="counts">Positions of the whole batch.</param>
    public LossPart? Losses(IReadOnlyList<TokenTerm> terms, TokenCounts counts)
    {
        var found = terms.Where(term => rows.Count(term.Selection) > 0).ToList();
        if (found.Count == 0) return null;
        var (values, total) = HeadLoss.Of(
            student, teacher, targets, rows.Groups([.. found.Select(term => term.Selection)]),
            [.. found.Select(term => new HeadTerm(term.Objective, term.ScopeWeight / counts[term.Selection], term.Weighted.Weight))]);
        return new LossPart([.. found.Select(term => term.Weighted)], values, total);
    }
}
