using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Training;

/// <summary>
/// One training step, top to bottom: every micro-batch goes through student and teacher, the stage's objectives are summed and
/// differentiated, then the gradients of the whole batch are clipped and applied.
/// </summary>
/// <param name="student">The model that is trained.</param>
/// <param name="teacher">The model that token objectives mimic, or null.</param>
/// <param name="reference">The model that preference objectives compare with, or null.</param>
/// <param name="objectives">What is minimised.</param>
/// <param name="optimizer">Over the trained parameters.</param>
/// <param name="schedule">Learning rate by step.</param>
/// <param name="vision">Features of frozen towers.</param>
/// <param name="options">The rest.</param>
public sealed class Trainer(
    Llava student, Llava? teacher, Llava? reference, IReadOnlyList<WeightedObjective> objectives,
    AdamW optimizer, LearningRateSchedule schedule, VisionFeatures vision, TrainerOptions options)
{
    private readonly bool trainsTower = student.Tower?.Store.Parameters.Any(parameter => parameter.Value.RequiresGrad()) ?? false;
    private readonly List<TokenTerm> terms = [.. TokenTerm.Of(objectives)];

    // Noise is numbered through the step.
    private readonly int width = options.SecondExpertNoise is null ? options.ParallelMicroBatches : 1;

    private int sparseCalls; // sparse layers run so far in this step: which noise is next in reference mode

    /// <summary>Trains on one batch, given as micro-batches. The loss does not depend on how the batch is cut.</summary>
    /// <exception cref="TrainingFailedException">The loss or the gradient is not finite; nothing has been updated.</exception>
    public StepResult Step(IReadOnlyList<MicroBatch> batch)
    {
        try
        {
            var ledger = Accumulate(batch);
            using var scope = new TensorScope();
            double norm = optimizer.ClipGradients(options.Clip);
            if (!double.IsFinite(norm))
            {
                throw new TrainingFailedException($"step {optimizer.Steps + 1}: the gradient's norm is {norm}; samples {Ids(batch)}. {StepLedger.Advice}");
            }
            double rate = schedule.At(optimizer.Steps);
            optimizer.Step(rate);
            return ledger.Result(optimizer.Steps, norm, rate, batch.Sum(micro => micro.Tokens));
        }
        catch
        {
            optimizer.ZeroGradients(); // half a batch's gradients must not reach the next step
            throw;
        }
        finally
        {
            vision.EndStep();
        }
    }

    /// <summary>Everything of a step but its update: the gradients of the whole batch are left with the parameters.</summary>
    internal StepLedger Accumulate(IReadOnlyList<MicroBatch> batch)
    {
        int step = optimizer.Steps;
        var selections = terms.Select(term => term.Selection);
        if (batch[0].Rejected is not null) selections = selections.Append(Selection.Responses);
        var counts = new TokenCounts(batch, [.. selections.Distinct()]);
        var pairs = batch[0].Rejected is null ? null : Pairs(batch, counts);
        var ledger = new StepLedger(objectives, pairs, measure: options.MeasureEvery > 0 && step % options.MeasureEvery == 0);
        sparseCalls = 0;
        SideBySide.Run(batch.Count, width, (index, turn) =>
        {
            using var scope = new TensorScope();
            var micro = batch[index];
            var loss = pairs is null ? Supervised(micro, counts.Rows[index], counts, ledger.Measures)
                : Preference(micro, counts.Rows[index], counts, pairs, PairsBefore(batch, index), ledger.Measures);
            if (loss.Parts.Count == 0) return; // a text among images, for an objective that looks at images
            var gradients = width == 1 || ledger.Measures ? null : Gradients.Of(loss.Total(), optimizer.Parameters);
            turn.Await(); // figures and gradients add up in the order of the batch: they round alike at any width
            ledger.Add(loss, micro, step);
            if (gradients is null) ledger.Backward(loss, optimizer);
            else optimizer.AddGradients(gradients);
        });
        return ledger.IsEmpty
            ? throw new TrainingFailedException($"step {step + 1}: samples {Ids(batch)} have no token that any objective looks at")
            : ledger;
    }

    // Token objectives and routing, for one micro-batch.
    private MicroBatchLoss Supervised(MicroBatch micro, SupervisedRows rows, TokenCounts counts, bool apart)
    {
        var routing = Routing(micro.Sequences);
        var pass = Pass(micro, rows, teacher, routing);
        return new MicroBatchLoss([.. TokenLosses(pass, counts, apart), .. RouterLosses(routing, micro.Sequences.Tokens, counts.Tokens)], routing);
    }

    // Preference objectives, token objectives over the chosen answers, and the routing of both answers, for one micro-batch.
    private MicroBatchLoss Preference(MicroBatch micro, SupervisedRows rows, TokenCounts counts, PairStatistics pairs, int first, bool apart)
    {
        var known = pairs.Reference(first, micro.SampleIds.Count, student.Parameters.Device);
        var (answers, chosen, chosenRouting, rejectedRouting) = Compare(micro, rows, teacher, known);
        var parts = TokenLosses(chosen, counts, apart).ToList();
        foreach (var weighted in objectives)
        {
            if (weighted.Objective is PreferenceObjective objective) parts.Add(new LossPart(weighted, pairs.Loss(objective, answers, first)));
        }
        parts.AddRange(RouterLosses(chosenRouting, micro.SampleIds.Count, pairs.Count));
        parts.AddRange(RouterLosses(rejectedRouting, micro.SampleIds.Count, pairs.Count));
        return new MicroBatchLoss(parts, chosenRouting, answers);
    }

    // A loss that compares pairs with each other (kto_pair) needs the log-probabilities of the whole batch before any gradient.
    private PairStatistics Pairs(IReadOnlyList<MicroBatch> batch, TokenCounts counts)
    {
        var preferences = objectives.Where(weighted => weighted.Objective is PreferenceObjective).ToList();
        var pairs = new PairStatistics(batch.Sum(micro => micro.SampleIds.Count), ((PreferenceObjective)preferences[0].Objective).Beta);
        var whole = preferences.FirstOrDefault(weighted => weighted.Objective is PreferenceObjective { UsesBatchStatistics: true });
        if (batch.Count == 1 || whole is null) return pairs;
        sparseCalls = 0;
        SideBySide.Run(batch.Count, width, (index, turn) =>
        {
            using var mode = GradMode.Off();
            using var scope = new TensorScope();
            var micro = batch[index];
            var answers = Compare(micro, counts.Rows[index], mimicked: null, known: null).Answers;
            turn.Await();
            if (pairs.Gather(answers)) return;
            throw new TrainingFailedException(
                $"step {optimizer.Steps + 1}: {whole.Name} meets log-probabilities that are not finite; samples {Ids([micro])}. {StepLedger.Advice}");
        });
        return pairs;
    }

    private static int PairsBefore(IReadOnlyList<MicroBatch> batch, int index) => batch.Take(index).Sum(micro => micro.SampleIds.Count);

    // What student and reference make of both answers, and the pass over the chosen ones.
    private (PreferenceLogProbabilities Answers, SupervisedPass ChosenPass, RoutingPass Chosen, RoutingPass Rejected) Compare(
        MicroBatch micro, SupervisedRows rows, Llava? mimicked, (Tensor Chosen, Tensor Rejected)? known)
    {
        var (chosenRouting, rejectedRouting) = (Routing(micro.Sequences), Routing(micro.Rejected!));
        var chosen = Pass(micro, rows, mimicked, chosenRouting);
        var policyRejected = PreferencePass.LogProbabilities(student, micro.Rejected!, chosen.StudentFeatures, rejectedRouting, options.Recompute);
        sparseCalls += rejectedRouting.Layers.Count;
        var (ofChosen, ofRejected) = known ?? Reference(micro);
        var answers = new PreferenceLogProbabilities(chosen.ResponseLogProbabilities(), policyRejected, ofChosen, ofRejected);
        return (answers, chosen, chosenRouting, rejectedRouting);
    }

    private (Tensor Chosen, Tensor Rejected) Reference(MicroBatch micro)
    {
        var model = reference ?? throw new InvalidOperationException("a preference objective needs a reference model");
        using var mode = GradMode.Off();
        var features = vision.Of(model.Tower, micro.Images, trained: false);
        return PreferencePass.LogProbabilities(model, micro.Sequences, micro.Rejected!, features);
    }

    // Student and teacher over a micro-batch's rows, in a preference stage the chosen ones.
    private SupervisedPass Pass(MicroBatch micro, SupervisedRows rows, Llava? mimicked, RoutingPass routing)
    {
        var features = vision.Of(student.Tower, micro.Images, trainsTower);
        var teacherFeatures = mimicked is null || ReferenceEquals(mimicked.Tower, student.Tower)
            ? features
            : vision.Of(mimicked.Tower, micro.Images, trained: false);
        var pass = new SupervisedPass(micro.Sequences, rows, student, features, mimicked, teacherFeatures, micro.Teacher, routing, options.Recompute);
        sparseCalls += routing.Layers.Count;
        return pass;
    }

    // Already divided by the tokens of the whole batch; all objectives at once, or one by one where their gradients are to be compared.
    private IEnumerable<LossPart> TokenLosses(SupervisedPass pass, TokenCounts counts, bool apart) =>
        terms.GroupBy(term => apart ? term.Weighted : null).Select(group => pass.Losses([.. group], counts)).OfType<LossPart>();

    private IEnumerable<LossPart> RouterLosses(RoutingPass routing, double part, double whole)
    {
        foreach (var weighted in objectives)
        {
            if (weighted.Objective is not RouterObjective router) continue;
            if (routing.Layers.Count == 0) throw new InvalidOperationException($"{weighted.Name} needs a sparse student; this one has no experts");
            yield return new LossPart(weighted, router.Loss(routing.Layers) * (part / whole));
        }
    }

    private RoutingPass Routing(SplicedBatch batch) => new()
    {
        Training = true,
        TokenMask = student.Config.Experts is null ? null : Mask(batch),
        SecondExpertNoise = options.SecondExpertNoise is { } noise ? layer => noise(sparseCalls + layer) : null,
    };

    private Tensor? Mask(SplicedBatch batch) => batch.HasPadding
        ? Tensor.From(Array.ConvertAll(batch.Kinds, kind => kind != TokenKind.Padding), batch.Kinds.Length).To(student.Parameters.Device)
        : null;

    internal static string Ids(IEnumerable<MicroBatch> batch) => string.Join(", ", batch.SelectMany(micro => micro.SampleIds).Take(8));
}
