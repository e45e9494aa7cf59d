namespace LlavaMod.Torch;

/// <summary>
/// Trades time for memory: the function's inner activations are not kept; backward runs it again (Chen et al. 2016, "Training deep nets with
/// sublinear memory cost"). The function must compute the same thing twice: no generator advances inside it.
/// </summary>
public static class ActivationCheckpoint
{
    /// <summary>Runs one tensor through a function. Parameters that the function closes over receive their gradients in the second run.</summary>
    public static Tensor Run(Func<Tensor, Tensor> function, Tensor input)
    {
        if (!GradMode.IsOn) return function(input);
        var node = new Recompute(function);
        return node.Forward(input);
    }

    private sealed class Recompute(Func<Tensor, Tensor> function) : CustomFunction
    {
        public Tensor Forward(Tensor input)
        {
            // An input outside the graph would cut the parameters inside the function off: give the engine something to follow.
            var tracked = input.RequiresGrad() ? input : input.Detach().RequireGrad();
            using var scope = new TensorScope();
            Tensor output;
            using (GradMode.Off()) output = function(tracked.Detach());
            Attach([tracked], [output], [tracked]);
            return scope.Return(output);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            var input = saved[0].Detach().RequireGrad();
            using (GradMode.On()) function(input).Backward(gradients[0]);
            return [input.Grad()];
        }
    }
}
