using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>
/// Hidden states of student and teacher for one micro-batch, and their logits at selected positions. The head runs at selected positions only:
/// with a large vocabulary, logits everywhere would be most of the step.
/// </summary>
internal sealed class SupervisedPass
{
    private readonly SplicedBatch batch;
    private readonly Llava student;
    private readonly Llava? teacher;
    private readonly Tensor studentHidden; // [B*T, D]
    private readonly Tensor? teacherHidden;
    private readonly Dictionary<Selection, (Tensor Indices, Tensor Targets)> positions = [];
    private readonly Dictionary<Selection, Tensor> studentLogits = [];
    private readonly Dictionary<Selection, Tensor> teacherLogits = [];

    public SupervisedPass(
        SplicedBatch batch, Llava student, Tensor? studentFeatures, Llava? teacher, Tensor? teacherFeatures, RoutingPass routing, bool recompute)
    {
        (this.batch, this.student, this.teacher, StudentFeatures) = (batch, student, teacher, studentFeatures);
        var input = LlavaInput.From(batch, student.Parameters.Device);
        if (teacher is not null)
        {
            using (GradMode.Off()) teacherHidden = Flat(teacher.Forward(input, teacherFeatures, new RoutingPass { TokenMask = routing.TokenMask, QueueOrder = routing.QueueOrder }));
        }
        studentHidden = Flat(student.Forward(input, studentFeatures, routing, recompute));
    }

    /// <summary>What the student's tower sees, [images, patches, D], or null without images.</summary>
    public Tensor? StudentFeatures { get; }

    /// <summary>Log-probabilities of the samples' responses under the student: sums over their tokens, Float32 [B].</summary>
    public Tensor ResponseLogProbabilities()
    {
        var selection = new Selection(TokenScope.Response, Shifted: true);
        if (!positions.ContainsKey(selection)) positions[selection] = Place(selection);
        var answers = selection.In(batch);
        var logits = Logits(studentLogits, selection, student, studentHidden);
        return SequenceLogProbabilities.Of(logits, answers, batch.SamplesAt(answers.Indices), batch.SampleCount);
    }

    private static Tensor Flat(Tensor hidden) => hidden.Reshape(-1, hidden.Size(-1));

    /// <summary>The sum of an objective's losses at the selected positions, shape []; null when there are none.</summary>
    public Tensor? Sum(TokenObjective objective, Selection selection)
    {
        if (!positions.TryGetValue(selection, out var place)) positions[selection] = place = Place(selection);
        if (place.Indices.Elements == 0) return null;
        var logits = Logits(studentLogits, selection, student, studentHidden);
        if (!objective.NeedsTeacher) return objective.PerToken(new TokenLogits(logits, null, place.Targets)).Sum();

        Tensor expected;
        using (GradMode.Off()) expected = Logits(teacherLogits, selection, teacher!, teacherHidden!);
        // Rows that pad one of the two vocabularies stand for no word.
        long words = Math.Min(logits.Size(-1), expected.Size(-1));
        return objective.PerToken(new TokenLogits(Cut(logits, words), Cut(expected, words), place.Targets)).Sum();
    }

    private (Tensor, Tensor) Place(Selection selection)
    {
        var found = selection.In(batch);
        var device = student.Parameters.Device;
        return (Tensor.From(found.Indices, found.Count).To(device), Tensor.From(found.Targets, found.Count).To(device));
    }

    private Tensor Logits(Dictionary<Selection, Tensor> cache, Selection selection, Llava model, Tensor hidden)
    {
        if (!cache.TryGetValue(selection, out var logits))
        {
            cache[selection] = logits = model.Language.Logits(hidden.IndexSelect(0, positions[selection].Indices)); // [N, V]
        }
        return logits;
    }

    private static Tensor Cut(Tensor logits, long words) => logits.Size(-1) == words ? logits : logits.Narrow(-1, 0, words);
}
