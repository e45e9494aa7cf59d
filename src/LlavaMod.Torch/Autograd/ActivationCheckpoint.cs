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
    public static Tensor Run(Func<Tensor, Tensor> function, Tensor input) =>
        GradMode.IsOn ? new Recompute(function).Forward(input) : function(input);

    private sealed class Recompute(Func<Tensor, Tensor> function) : CustomFunction
    {
        public Tensor Forward(Tensor input)
        {
            using var scope = new TensorScope();
            Tensor output;
            using (GradMode.Off()) output = function(input.Detach());
            // An input outside the graph would cut the parameters inside the function off: give the engine something to follow.
            var followed = input.RequiresGrad() ? input : Create.Empty([]).RequireGrad();
            Attach([followed], [output], [input]);
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
            var output = function(input);
            if (output.RequiresGrad()) output.Backward(gradient);
            return [input.Grad()];
        }
    }
}
