namespace LlavaMod.Evaluation.Benchmarks;

/// <summary><see cref="MmBench"/> with Chinese questions and choices. File: <c>mmbench_dev_cn_*.tsv</c>.</summary>
[Benchmark("mmbench-cn", Summary = "MMBench dev, Chinese, circular accuracy (arXiv 2307.06281)")]
public sealed class MmBenchCn : MmBench
{
    /// <inheritdoc/>
    protected override string[] Files => ["mmbench_dev_cn_*.tsv", "MMBench_DEV_CN*.tsv"];

    /// <inheritdoc/>
    protected override string LastSentence => "\n请直接回答选项字母。";
}
