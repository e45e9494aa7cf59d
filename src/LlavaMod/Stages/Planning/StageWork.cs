using LlavaMod.Models;
using LlavaMod.Recipes;

namespace LlavaMod.Stages.Planning;

/// <summary>The operations of one optimiser step of a stage.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Rows">Its samples.</param>
/// <param name="Trained">What is trained.</param>
/// <param name="Positions">Positions of a sample at which losses want logits.</param>
/// <param name="GathersFirst">Whether an objective compares the pairs of a whole batch, which micro-batches then go through twice.</param>
internal sealed record StageWork(StageSpec Stage, RowSizes Rows, ModelPart Trained, double Positions, bool GathersFirst)
{
    public bool TrainsTower => (Trained & ModelPart.Vision) != 0;

    public double MicroBatchTokens => (double)Stage.MicroBatchSize * (Stage.Packing ? Row : Rows.Longest) * (Rows.Pairs ? 2 : 1);

    public double MicroBatchPositions => Stage.MicroBatchSize * Positions;

    public double MicroBatchVisual => Stage.MicroBatchSize * Rows.Visual;

    private double Tokens => Stage.BatchSize * Rows.Tokens;

    private double Visual => Stage.BatchSize * Rows.Visual;

    private double Wanted => Stage.BatchSize * Positions;

    /// <summary>Mean length of a row.</summary>
    private double Row => Rows.Tokens / (Rows.Pairs ? 2 : 1);

    /// <summary>Forward and backward of the trained model, and the extra forwards of recomputation and of gathering.</summary>
    public double Student(ModelCost model)
    {
        double forward = Forward(model, Tokens, Visual), again = 0;
        if (Stage.ActivationCheckpointing) again += model.Again(Tokens, Wanted, Row);
        if (GathersFirst && Stage.MicroBatchSize < Stage.BatchSize) again += forward;
        bool trainsHead = (Trained & (model.Config.Language.TieWordEmbeddings ? ModelPart.Embeddings : ModelPart.Head)) != 0;
        return forward + again + model.Backward(Tokens, Visual, Wanted, Row, Trained) + model.Logits(Wanted) * (trainsHead ? 2 : 1);
    }

    /// <summary>Forward and backward of a tower that is trained.</summary>
    public double Tower(ModelCost model) => TrainsTower ? 3 * model.Tower(Stage.BatchSize * Rows.Images) : 0;

    /// <summary>The teacher only goes forward.</summary>
    public double Teacher(ModelCost? model) => model is null ? 0 : Forward(model, Tokens, Visual);

    /// <summary>So does the reference, which meets what both answers begin with once.</summary>
    public double Reference(ModelCost? model) => model is null ? 0 : Forward(model, Tokens - Stage.BatchSize * Rows.Shared, Visual / 2);

    private double Forward(ModelCost model, double tokens, double visual) => model.Forward(tokens, visual, Wanted, Row) + model.Logits(Wanted);
}
