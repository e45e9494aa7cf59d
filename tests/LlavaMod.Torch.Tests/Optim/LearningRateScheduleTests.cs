using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests.Optim;

public sealed class LearningRateScheduleTests
{
    private static double[] Rates(LearningRateSchedule schedule) => [.. Enumerable.Range(0, schedule.Steps).Select(schedule.At)];

    [Fact]
    public void Warm_up_rises_from_0_to_the_peak() =>
        Rates(new LearningRateSchedule(ScheduleKind.Constant, 8, 6, 4)).ShouldBe([0, 2, 4, 6, 8, 8]);

    [Fact]
    public void A_cosine_falls_from_the_peak_towards_0() => Rates(new LearningRateSchedule(ScheduleKind.Cosine, 2, 5, 1))
        .ShouldBe([0, 2, 1 + Math.Sqrt(0.5), 1, 1 - Math.Sqrt(0.5)], 1e-12);

    [Fact]
    public void A_line_falls_from_the_peak_towards_0() =>
        Rates(new LearningRateSchedule(ScheduleKind.Linear, 4, 5, 1)).ShouldBe([0, 4, 3, 2, 1], 1e-12);

    [Theory, InlineData(ScheduleKind.Cosine), InlineData(ScheduleKind.Linear), InlineData(ScheduleKind.Constant)]
    public void Without_warm_up_the_first_step_has_the_peak(ScheduleKind kind) => new LearningRateSchedule(kind, 3, 10, 0).At(0).ShouldBe(3);

    [Theory, InlineData(ScheduleKind.Cosine), InlineData(ScheduleKind.Linear)]
    public void The_end_of_the_run_has_rate_0(ScheduleKind kind) => new LearningRateSchedule(kind, 3, 10, 2).At(10).ShouldBe(0);

    [Theory, InlineData(20, 0.03, 1), InlineData(20, 0.25, 5), InlineData(100, 0.03, 3), InlineData(7, 0, 0), InlineData(1, 0.5, 1)]
    public void A_warm_up_share_is_rounded_up(int steps, double ratio, int warmup) =>
        LearningRateSchedule.WithWarmupRatio(ScheduleKind.Cosine, 1, steps, ratio).WarmupSteps.ShouldBe(warmup);

    [Fact]
    public void A_run_that_is_all_warm_up_never_passes_its_peak() =>
        Rates(new LearningRateSchedule(ScheduleKind.Cosine, 1, 4, 4)).ShouldBe([0, 0.25, 0.5, 0.75]);
}
