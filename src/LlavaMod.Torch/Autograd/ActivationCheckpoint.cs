namespace LlavaMod.Torch;

/// <summary>
/// Trades time for memory: the function's inner activations are not kept; backward runs it again (Chen et al. 2016, "Training deep nets with
/// sublinear memory cost"). The function must compute the same thing twice: no generator advances inside it.
/// </summary>
public static class ActivationCheckpoint
{
    /// <summary>
    /// Runs one tensor through a function. Parameters that the function closes over receive their gradients in the second run, so that the
    /// pass has to be a <see cref="Gradients.Backward"/>: <see cref="Gradients.Of"/> through a checkpoint is refused.
    /// </summary>
    public static Tensor Run(Func<Tensor, Tensor> function, Tensor input) => Run((x, _) => function(x), input, []);

    /// <summary>
    /// As above, for a function that reads other tensors too, which receive no gradient: they live until backward, where the scope that
    /// made them may be closed.
    /// </summary>
    public static Tensor Run(Func<Tensor, ReadOnlySpan<Tensor>, Tensor> function, Tensor input, ReadOnlySpan<Tensor> constants) =>
        GradMode.IsOn ? new Recompute(function).Forward(input, constants) : function(input, constants);

    private sealed class Recompute(Func<Tensor, ReadOnlySpan<Tensor>, Tensor> function) : CustomFunction
    {
        public Tensor Forward(Tensor input, ReadOnlySpan<Tensor> constants)
        {
            using var scope = new TensorScope();
            Tensor output;
            using (GradMode.Off()) output = function(input.Detach(), constants);
            // An input outside the graph would cut the parameters inside the function off: give the engine something to follow.
            var followed = input.RequiresGrad() ? input : Create.Empty([]).RequireGrad();
            Attach([followed], [output], [input, .. constants]);
            return scope.Return(output);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            if (!Gradients.PassAccumulates)
            {
                throw new InvalidOperationException("Gradients.Of cannot go through an ActivationCheckpoint: use Backward");
            }
            if (gradients[0] is not { } gradient) return [null];
            var input = saved[0].Detach().RequireGrad(saved[0].RequiresGrad());
            using var mode = GradMode.On();
            var output = function(input, saved[1..]);
            if (output.RequiresGrad()) output.Backward(gradient);
            return [input.Grad()];
        }
    }
}
