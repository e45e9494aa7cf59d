namespace LlavaMod.Torch;

/// <summary>Reading and writing at computed places. Indices are Int64.</summary>
public static class Indexing
{
    private static readonly Operator IndexSelectOp = new("index_select");
    private static readonly Operator GatherOp = new("gather");
    private static readonly Operator ScatterOp = new("scatter.src");
    private static readonly Operator ScatterValueOp = new("scatter.value");
    private static readonly Operator ScatterAddOp_ = new("scatter_add_");
    private static readonly Operator IndexAddOp = new("index_add");
    private static readonly Operator IndexCopyOp = new("index_copy");
    private static readonly Operator OneHotOp = new("one_hot");
    private static readonly Operator NonzeroOp = new("nonzero");
    private static readonly Operator SearchSortedOp = new("searchsorted.Tensor");

    /// <summary>Rows (entries of one dimension) at these indices, in this order.</summary>
    public static Tensor IndexSelect(this Tensor x, int dimension, Tensor indices) => IndexSelectOp.Call(x, dimension, indices);

    /// <summary>For every entry of <paramref name="indices"/>, the element of x at that index of the dimension.</summary>
    public static Tensor Gather(this Tensor x, int dimension, Tensor indices) => GatherOp.Call(x, dimension, indices);

    /// <summary>A copy with the source's elements at these indices of the dimension.</summary>
    public static Tensor Scatter(this Tensor x, int dimension, Tensor indices, Tensor source) => ScatterOp.Call(x, dimension, indices, source);

    /// <summary>A copy with a number at these indices of the dimension.</summary>
    public static Tensor Scatter(this Tensor x, int dimension, Tensor indices, double value) =>
        ScatterValueOp.Call(x, dimension, indices, value);

    /// <summary>Adds the source's elements in place at these indices of the dimension; an index may repeat.</summary>
    public static Tensor ScatterAdd_(this Tensor x, int dimension, Tensor indices, Tensor source)
    {
        ScatterAddOp_.Run(x, dimension, indices, source);
        return x;
    }

    /// <summary>A copy with the source's rows added at these indices; an index may repeat.</summary>
    public static Tensor IndexAdd(this Tensor x, int dimension, Tensor indices, Tensor source) =>
        IndexAddOp.Call(x, dimension, indices, source);

    /// <summary>A copy with the source's rows at these indices; no index may repeat.</summary>
    public static Tensor IndexCopy(this Tensor x, int dimension, Tensor indices, Tensor source) =>
        IndexCopyOp.Call(x, dimension, indices, source);

    /// <summary>One-hot rows, Int64, shape of x plus [classes].</summary>
    public static Tensor OneHot(this Tensor x, long classes) => OneHotOp.Call(x, classes);

    /// <summary>Indices of the non-zero elements, Int64 [count, dimensions]. Waits for the device.</summary>
    public static Tensor Nonzero(this Tensor x) => NonzeroOp.Call(x);

    /// <summary>For every value, how many elements of a rising vector, or of the value's own rising row, are smaller, Int64.</summary>
    public static Tensor SearchSorted(this Tensor rising, Tensor values) => SearchSortedOp.Call(rising, values);
}
