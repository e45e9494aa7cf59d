namespace LlavaMod.Torch;

/// <summary>Comparisons and choices: results are Bool tensors unless said otherwise.</summary>
public static class Comparison
{
    private static readonly Operator EqualScalarOp = new("eq.Scalar");
    private static readonly Operator EqualOp = new("eq.Tensor");
    private static readonly Operator NotEqualScalarOp = new("ne.Scalar");
    private static readonly Operator LessScalarOp = new("lt.Scalar");
    private static readonly Operator LessOp = new("lt.Tensor");
    private static readonly Operator LessEqualOp = new("le.Tensor");
    private static readonly Operator GreaterScalarOp = new("gt.Scalar");
    private static readonly Operator AndOp = new("logical_and");
    private static readonly Operator NotOp = new("logical_not");
    private static readonly Operator IsFiniteOp = new("isfinite");
    private static readonly Operator AllOp = new("all");
    private static readonly Operator WhereOp = new("where.self");
    private static readonly Operator MaskedFillOp = new("masked_fill.Scalar");
    private static readonly Operator MaskedFillOp_ = new("masked_fill_.Scalar");

    /// <summary>x == value.</summary>
    public static Tensor Equal(this Tensor x, double value) => EqualScalarOp.Call(x, value);

    /// <summary>x == value, for ids.</summary>
    public static Tensor Equal(this Tensor x, long value) => EqualScalarOp.Call(x, value);

    /// <summary>x == other.</summary>
    public static Tensor Equal(this Tensor x, Tensor other) => EqualOp.Call(x, other);

    /// <summary>x != value, for ids.</summary>
    public static Tensor NotEqual(this Tensor x, long value) => NotEqualScalarOp.Call(x, value);

    /// <summary>x &lt; value.</summary>
    public static Tensor Less(this Tensor x, double value) => LessScalarOp.Call(x, value);

    /// <summary>x &lt; other.</summary>
    public static Tensor Less(this Tensor x, Tensor other) => LessOp.Call(x, other);

    /// <summary>x &lt;= other.</summary>
    public static Tensor LessEqual(this Tensor x, Tensor other) => LessEqualOp.Call(x, other);

    /// <summary>x &gt; value.</summary>
    public static Tensor Greater(this Tensor x, double value) => GreaterScalarOp.Call(x, value);

    /// <summary>Both.</summary>
    public static Tensor And(this Tensor x, Tensor other) => AndOp.Call(x, other);

    /// <summary>Not.</summary>
    public static Tensor Not(this Tensor x) => NotOp.Call(x);

    /// <summary>Neither infinite nor NaN.</summary>
    public static Tensor IsFinite(this Tensor x) => IsFiniteOp.Call(x);

    /// <summary>Whether all elements are true; shape [].</summary>
    public static Tensor All(this Tensor x) => AllOp.Call(x);

    /// <summary>Elements of <paramref name="yes"/> where the condition holds, of <paramref name="no"/> elsewhere.</summary>
    public static Tensor Where(this Tensor condition, Tensor yes, Tensor no) => WhereOp.Call(condition, yes, no);

    /// <summary>A copy with <paramref name="value"/> where the mask is true.</summary>
    public static Tensor MaskedFill(this Tensor x, Tensor mask, double value) => MaskedFillOp.Call(x, mask, value);

    /// <summary>Writes <paramref name="value"/> in place where the mask is true.</summary>
    public static Tensor MaskedFill_(this Tensor x, Tensor mask, double value)
    {
        MaskedFillOp_.Run(x, mask, value);
        return x;
    }
}
