using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Heads;

/// <summary>The last hidden states of student and teacher over N tokens, of which every fourth is of a response, both heads, and forward KL over them.</summary>
internal sealed class HeadPair : IDisposable
{
    private const long StudentWidth = 896, TeacherWidth = 1536;
    private const int EveryFourth = 4;

    private readonly Tensor hidden, head, teacherHidden, teacherHead;
    private readonly long[] positions;
    private readonly int tokens;

    public HeadPair(int tokens, long vocabulary, DType dtype)
    {
        using var generator = new RandomGenerator(1);
        this.tokens = tokens;
        hidden = Random(tokens, StudentWidth, 1).RequireGrad();
        head = Random(vocabulary, StudentWidth, 0.02).RequireGrad();
        teacherHidden = Random(tokens, TeacherWidth, 1);
        teacherHead = Random(vocabulary, TeacherWidth, 0.02);
        positions = [.. Enumerable.Range(0, tokens / EveryFourth).Select(i => (long)i * EveryFourth)];

        Tensor Random(long rows, long width, double deviation)
        {
            using var scope = new TensorScope();
            return Create.Normal([rows, width], generator).Multiply_(deviation).To(dtype).Unscope();
        }
    }

    /// <summary>FLOPs at so many positions: the teacher's logits, the student's, and the gradients of its hidden states and head.</summary>
    public static double Flops(double positions, double vocabulary) => 2 * positions * vocabulary * (TeacherWidth + 3 * StudentWidth);

    /// <summary>The loss, and its gradients by the student's hidden states and head.</summary>
    public (Tensor Loss, Tensor Hidden, Tensor Head) Run()
    {
        var indices = Tensor.From(positions, positions.Length);
        var term = new HeadTerm((TokenObjective)Catalog<Objective>.Create("forward-kl"), 1.0 / positions.Length, 1);
        var loss = HeadLoss.Of(
            new HeadRows(hidden.IndexSelect(0, indices), head), new HeadRows(teacherHidden.IndexSelect(0, indices), teacherHead), targets: null,
            [new RowGroup(0, positions.Length, [0])], [term]).Total;
        var gradients = Gradients.Of(loss, [hidden, head]);
        return (loss, gradients[0]!, gradients[1]!);
    }

    /// <summary>Everything for the peer.</summary>
    public void Write(string path)
    {
        using var scope = new TensorScope();
        var response = Create.Zeros([tokens], DType.Int64).Scatter(0, Tensor.From(positions, positions.Length), 1.0);
        SafetensorsWriter.Write(path,
        [
            new("student.hidden", hidden), new("student.head", head), new("teacher.hidden", teacherHidden), new("teacher.head", teacherHead), new("response", response),
        ], new Dictionary<string, string>());
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[hidden, head, teacherHidden, teacherHead]) tensor.Dispose();
    }
}
