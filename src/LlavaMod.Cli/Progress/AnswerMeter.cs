namespace LlavaMod.Cli.Progress;

/// <summary>How fast the answers of an evaluation come. Those that a stopped run left behind took no time of this one.</summary>
internal sealed class AnswerMeter(TimeProvider time)
{
    private string asked = "";
    private long start;
    private int first;

    /// <summary>", 1:23 left" from the answers so far; empty before there are any.</summary>
    public string Left(string model, int done, int total)
    {
        if (model != asked || done <= first) (asked, start, first) = (model, time.GetTimestamp(), done);
        if (done == first || done == total) return "";
        double each = time.GetElapsedTime(start).TotalSeconds / (done - first);
        return $", {StageMeter.Duration((total - done) * each)} left";
    }
}
