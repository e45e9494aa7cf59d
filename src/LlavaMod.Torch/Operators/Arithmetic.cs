namespace LlavaMod.Torch;

/// <summary>Operators of the language on tensors. Shapes broadcast as in libtorch.</summary>
public sealed partial class Tensor
{
    /// <summary>Element by element sum.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => Arithmetic.Add.Call(left, right);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(Tensor left, double right) => Arithmetic.AddScalar.Call(left, right);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(double left, Tensor right) => Arithmetic.AddScalar.Call(right, left);

    /// <summary>Element by element difference.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => Arithmetic.Subtract.Call(left, right);

    /// <summary>Subtracts a number from every element.</summary>
    public static Tensor operator -(Tensor left, double right) => Arithmetic.AddScalar.Call(left, -right);

    /// <summary>Subtracts every element from a number.</summary>
    public static Tensor operator -(double left, Tensor right) => Arithmetic.ReverseSubtract.Call(right, left);

    /// <summary>Negation.</summary>
    public static Tensor operator -(Tensor tensor) => Arithmetic.Negate.Call(tensor);

    /// <summary>Element by element product.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => Arithmetic.Multiply.Call(left, right);

    /// <summary>Multiplies every element by a number.</summary>
    public static Tensor operator *(Tensor left, double right) => Arithmetic.MultiplyScalar.Call(left, right);

    /// <summary>Multiplies every element by a number.</summary>
    public static Tensor operator *(double left, Tensor right) => Arithmetic.MultiplyScalar.Call(right, left);

    /// <summary>Element by element quotient.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => Arithmetic.Divide.Call(left, right);

    /// <summary>Divides every element by a number.</summary>
    public static Tensor operator /(Tensor left, double right) => Arithmetic.DivideScalar.Call(left, right);
}

/// <summary>Element by element functions, and their in-place forms, which end in an underscore as libtorch's do.</summary>
public static class Arithmetic
{
    internal static readonly Operator Add = new("add.Tensor");
    internal static readonly Operator AddScalar = new("add.Scalar");
    internal static readonly Operator Subtract = new("sub.Tensor");
    internal static readonly Operator ReverseSubtract = new("rsub.Scalar");
    internal static readonly Operator Negate = new("neg");
    internal static readonly Operator Multiply = new("mul.Tensor");
    internal static readonly Operator MultiplyScalar = new("mul.Scalar");
    internal static readonly Operator Divide = new("div.Tensor");
    internal static readonly Operator DivideScalar = new("div.Scalar");
    private static readonly Operator ExpOp = new("exp");
    private static readonly Operator LogOp = new("log");
    private static readonly Operator LogAddExpOp = new("logaddexp");
    private static readonly Operator RsqrtOp = new("rsqrt");
    private static readonly Operator SqrtOp = new("sqrt");
    private static readonly Operator SquareOp = new("square");
    private static readonly Operator AbsOp = new("abs");
    private static readonly Operator CosOp = new("cos");
    private static readonly Operator SinOp = new("sin");
    private static readonly Operator TanhOp = new("tanh");
    private static readonly Operator ClampOp = new("clamp");
    private static readonly Operator ClampMaxOp = new("clamp_max");
    private static readonly Operator RemainderOp = new("remainder.Scalar");
    private static readonly Operator AddScalarOp_ = new("add_.Scalar");
    private static readonly Operator AddOp_ = new("add_.Tensor");
    private static readonly Operator MultiplyOp_ = new("mul_.Tensor");
    private static readonly Operator MultiplyScalarOp_ = new("mul_.Scalar");
    private static readonly Operator CopyOp_ = new("copy_");
    private static readonly Operator FillOp_ = new("fill_.Scalar");
    private static readonly Operator AddcmulOp = new("addcmul");

    /// <summary>e to the power of every element.</summary>
    public static Tensor Exp(this Tensor x) => ExpOp.Call(x);

    /// <summary>Natural logarithm.</summary>
    public static Tensor Log(this Tensor x) => LogOp.Call(x);

    /// <summary>log(exp(x) + exp(other)), without overflow.</summary>
    public static Tensor LogAddExp(this Tensor x, Tensor other) => LogAddExpOp.Call(x, other);

    /// <summary>1 / sqrt(x).</summary>
    public static Tensor Rsqrt(this Tensor x) => RsqrtOp.Call(x);

    /// <summary>Square root.</summary>
    public static Tensor Sqrt(this Tensor x) => SqrtOp.Call(x);

    /// <summary>x * x.</summary>
    public static Tensor Square(this Tensor x) => SquareOp.Call(x);

    /// <summary>Absolute value.</summary>
    public static Tensor Abs(this Tensor x) => AbsOp.Call(x);

    /// <summary>Cosine, radians.</summary>
    public static Tensor Cos(this Tensor x) => CosOp.Call(x);

    /// <summary>Sine, radians.</summary>
    public static Tensor Sin(this Tensor x) => SinOp.Call(x);

    /// <summary>Hyperbolic tangent.</summary>
    public static Tensor Tanh(this Tensor x) => TanhOp.Call(x);

    /// <summary>Elements below the minimum become the minimum; the gradient there is 0.</summary>
    public static Tensor ClampMin(this Tensor x, double minimum) => ClampOp.Call(x, minimum);

    /// <summary>Elements above the maximum become the maximum; the gradient there is 0.</summary>
    public static Tensor ClampMax(this Tensor x, double maximum) => ClampMaxOp.Call(x, maximum);

    /// <summary>Elements above the maximum become the maximum, for indices.</summary>
    public static Tensor ClampMax(this Tensor x, long maximum) => ClampMaxOp.Call(x, maximum);

    /// <summary>What is left of every index after division.</summary>
    public static Tensor Remainder(this Tensor x, long divisor) => RemainderOp.Call(x, divisor);

    /// <summary>x + scale * a * b, in one pass.</summary>
    public static Tensor Addcmul(this Tensor x, Tensor a, Tensor b, double scale = 1) => AddcmulOp.Call(x, a, b, scale);

    /// <summary>Adds scale * other in place.</summary>
    public static Tensor Add_(this Tensor x, Tensor other, double scale = 1)
    {
        AddOp_.Run(x, other, scale);
        return x;
    }

    /// <summary>Adds a number in place.</summary>
    public static Tensor Add_(this Tensor x, double value)
    {
        AddScalarOp_.Run(x, value);
        return x;
    }

    /// <summary>Multiplies in place.</summary>
    public static Tensor Multiply_(this Tensor x, Tensor other)
    {
        MultiplyOp_.Run(x, other);
        return x;
    }

    /// <summary>Multiplies in place by a number.</summary>
    public static Tensor Multiply_(this Tensor x, double factor)
    {
        MultiplyScalarOp_.Run(x, factor);
        return x;
    }

    /// <summary>Overwrites with another tensor's elements, converting type and device.</summary>
    public static Tensor Copy_(this Tensor x, Tensor source)
    {
        CopyOp_.Run(x, source);
        return x;
    }

    /// <summary>Overwrites every element with a number.</summary>
    public static Tensor Fill_(this Tensor x, double value)
    {
        FillOp_.Run(x, value);
        return x;
    }
}
