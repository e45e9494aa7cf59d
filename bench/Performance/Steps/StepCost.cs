using LlavaMod.Models;
using LlavaMod.Stages.Planning;
using LlavaMod.Torch;

namespace LlavaMod.Performance.Steps;

/// <summary>The arithmetic and the traffic of one step: what must be done, and what the peer does.</summary>
internal sealed class StepCost(Geometry geometry, string stage) : IDisposable
{
    private const double AdamWBytes = 28; // Float32 gradient, weight and two moments are read, the last three written

    private readonly ModelCost student = new(geometry.Config(geometry.Student, stage == "d2d" ? null : geometry.Experts), DType.Float32);
    private readonly ModelCost teacher = new(geometry.Config(geometry.Teacher), DType.Float32);
    private readonly ModelPart trained = OurStep.TrainedParts(stage);
    private readonly int answers = stage == "preference" ? 2 : 1; // rows to a prompt and its image

    /// <summary>
    /// FLOPs without which there is no step: the tower once, heads and a dense last layer's outputs at supervised positions, no padding, a prompt once
    /// through the reference, gradients of what is trained.
    /// </summary>
    public double Flops => Count(RowLengths().Sum(), geometry.Supervised * answers, towers: 1, MeanLength(), promptsOfTeacher: 1);

    /// <summary>Bytes that AdamW must move.</summary>
    public double Bytes => AdamWBytes * student.SizeOf(trained).Total;

    /// <summary>About the peer's FLOPs: every position through both heads, padding, every row's image through both towers. Its dispatch comes on top.</summary>
    public double PeerFlops
    {
        get
        {
            double longest = RowLengths().Max(), tokens = longest * geometry.Batch * answers;
            return Count(tokens, tokens, towers: 2 * answers, longest, promptsOfTeacher: answers);
        }
    }

    private double Count(double tokens, double positions, int towers, double row, int promptsOfTeacher)
    {
        double visual = geometry.ImageTokens * geometry.Batch * answers;
        int spared = answers - promptsOfTeacher; // rows to a prompt that the teacher does not meet
        double prompts = Enumerable.Range(0, geometry.Batch).Sum(geometry.PromptLength);
        bool trainsHead = (trained & ModelPart.Embeddings) != 0;
        return towers * student.Tower(geometry.Batch)
            + teacher.Forward(tokens - spared * prompts, visual * promptsOfTeacher / answers, positions, row) + teacher.Logits(positions)
            + student.Forward(tokens, visual, positions, row) + student.Backward(tokens, visual, positions, row, trained) + student.Logits(positions) * (trainsHead ? 3 : 2);
    }

    private IEnumerable<double> RowLengths() =>
        Enumerable.Range(0, geometry.Batch).SelectMany(row => Enumerable.Repeat((double)geometry.Length(row), answers));

    // The row length at which attention's square is right.
    private double MeanLength() => RowLengths().Sum(length => length * length) / RowLengths().Sum();

    public void Dispose()
    {
        student.Dispose();
        teacher.Dispose();
    }
}
