using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// The matrices of one network y = W_d (silu(W_g x) * (W_u x)), and its two directions by hand. D width, F inner width, M rows. Nothing is
/// recorded here: call with recording off.
/// </summary>
/// <param name="Gate">W_g [F, D].</param>
/// <param name="Up">W_u [F, D].</param>
/// <param name="Down">W_d [D, F].</param>
internal readonly record struct SwiGluWeights(Tensor Gate, Tensor Up, Tensor Down)
{
    /// <summary>Which of the matrices receive gradients.</summary>
    public (bool Gate, bool Up, bool Down) Trained => (Gate.RequiresGrad(), Up.RequiresGrad(), Down.RequiresGrad());

    // x: [M, D] -> g = W_g x and u = W_u x, [M, F]: all that backward needs beside x
    public (Tensor G, Tensor U) Inner(Tensor x) => (x.Linear(Gate), x.Linear(Up));

    /// <summary>Gradients. dW_d comes first: then the memory of h serves again, as that of dL/dg.</summary>
    /// <param name="x">[M, D]; null where neither W_g nor W_u is trained.</param>
    /// <param name="inner">What <see cref="Inner"/> gave.</param>
    /// <param name="dy">dL/dy of every row before its factor, [M, D].</param>
    /// <param name="factors">What every row's y is multiplied with afterwards, Float32 [M]; null is 1.</param>
    /// <param name="dots">Receives the gradient of the factors, Float32 [M]; null where it is not wanted.</param>
    /// <param name="dx">Receives the gradient of x, [M, D]; null where it is not wanted.</param>
    /// <param name="trained">Which gradients are wanted.</param>
    /// <returns>Gradients of W_g, W_u, W_d; null where not wanted.</returns>
    public Tensor?[] Backward(
        Tensor? x, (Tensor G, Tensor U) inner, Tensor dy, Tensor? factors, Tensor? dots, Tensor? dx, (bool Gate, bool Up, bool Down) trained)
    {
        using var scope = new TensorScope();
        var (g, u) = inner;
        var h = Create.EmptyLike(g);
        Tensor? dDown = null;
        if (trained.Down)
        {
            var weighted = factors is null ? dy : (dy * factors.Unsqueeze(-1)).To(dy.DType);
            dDown = weighted.Transpose(0, 1).Matmul(SiluGate.Forward(g, u, h)); // [D, F]
        }
        if (!trained.Gate && !trained.Up && dots is null && dx is null) return [null, null, scope.Return(dDown!)];
        var du = dy.Matmul(Down); // dL/dh [M, F], for now
        var dg = h;
        SiluGate.Backward(g, u, du, dg, factors, dots);
        dx?.Addmm_(dg, Gate, keep: 0).Addmm_(du, Up);
        var dGate = trained.Gate ? dg.Transpose(0, 1).Matmul(x!) : null; // [F, D]
        var dUp = trained.Up ? du.Transpose(0, 1).Matmul(x!) : null;     // [F, D]
        return Array.ConvertAll((Tensor?[])[dGate, dUp, dDown], gradient => gradient is null ? null : scope.Return(gradient));
    }

    /// <summary>Zeros where a gradient is wanted: of a network that no row went through.</summary>
    public Tensor?[] Zeros((bool Gate, bool Up, bool Down) wanted) =>
        [wanted.Gate ? Create.ZerosLike(Gate) : null, wanted.Up ? Create.ZerosLike(Up) : null, wanted.Down ? Create.ZerosLike(Down) : null];
}
