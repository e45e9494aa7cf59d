namespace LlavaMod.Torch;

/// <summary>Sums, extremes and orders. A negative dimension counts from the last.</summary>
public static class Reduction
{
    private static readonly Operator SumOp = new("sum");
    private static readonly Operator SumDimOp = new("sum.dim_IntList");
    private static readonly Operator MeanOp = new("mean");
    private static readonly Operator MeanDimOp = new("mean.dim");
    private static readonly Operator MaxOp = new("max");
    private static readonly Operator ArgmaxOp = new("argmax");
    private static readonly Operator LogSumExpOp = new("logsumexp");
    private static readonly Operator CumsumOp = new("cumsum");
    private static readonly Operator TopkOp = new("topk");
    private static readonly Operator SortOp = new("sort.stable");
    private static readonly Operator BincountOp = new("bincount");

    /// <summary>Sum of all elements, shape [].</summary>
    public static Tensor Sum(this Tensor x) => SumOp.Call(x);

    /// <summary>Sum over one dimension.</summary>
    public static Tensor Sum(this Tensor x, int dimension, bool keep = false) => SumDimOp.Call(x, Argument.Ints(dimension), keep);

    /// <summary>Mean of all elements, shape [].</summary>
    public static Tensor Mean(this Tensor x) => MeanOp.Call(x);

    /// <summary>Mean over one dimension.</summary>
    public static Tensor Mean(this Tensor x, int dimension, bool keep = false) => MeanDimOp.Call(x, Argument.Ints(dimension), keep);

    /// <summary>The largest element, shape [].</summary>
    public static Tensor Max(this Tensor x) => MaxOp.Call(x);

    /// <summary>Index of the largest element of one dimension, Int64.</summary>
    public static Tensor Argmax(this Tensor x, int dimension) => ArgmaxOp.Call(x, dimension);

    /// <summary>log sum exp over one dimension.</summary>
    public static Tensor LogSumExp(this Tensor x, int dimension, bool keep = false) => LogSumExpOp.Call(x, Argument.Ints(dimension), keep);

    /// <summary>Running sum over one dimension.</summary>
    public static Tensor Cumsum(this Tensor x, int dimension) => CumsumOp.Call(x, dimension);

    /// <summary>The largest elements of one dimension in falling order, and their indices.</summary>
    public static (Tensor Values, Tensor Indices) Topk(this Tensor x, long count, int dimension = -1) => TopkOp.Call2(x, count, dimension);

    /// <summary>Stable sort of one dimension, and the order that gives it.</summary>
    public static (Tensor Values, Tensor Order) Sort(this Tensor x, int dimension = -1, bool descending = false) =>
        SortOp.Call2(x, true, dimension, descending);

    /// <summary>How often each of 0 .. length-1 occurs in a vector of Int64, Int64 [length].</summary>
    public static Tensor Bincount(this Tensor x, long length) => BincountOp.Call(x, Argument.None, length);
}
