namespace LlavaMod.Torch.Tests.Autograd;

public sealed class GradModeTests : TorchTest
{
    [Fact]
    public void Nothing_is_recorded_while_the_guard_lives()
    {
        var x = Floats(1).RequireGrad();
        using (GradMode.Off())
        {
            GradMode.IsOn.ShouldBeFalse();
            (x * 2).RequiresGrad().ShouldBeFalse();
        }
        GradMode.IsOn.ShouldBeTrue();
        (x * 2).RequiresGrad().ShouldBeTrue();
    }

    [Fact]
    public void Guards_nest_and_restore_the_mode_before()
    {
        using (GradMode.Off())
        {
            using (GradMode.On())
            {
                GradMode.IsOn.ShouldBeTrue();
                using (GradMode.Off()) GradMode.IsOn.ShouldBeFalse();
                GradMode.IsOn.ShouldBeTrue();
            }
            GradMode.IsOn.ShouldBeFalse();
        }
        GradMode.IsOn.ShouldBeTrue();
    }

    [Fact]
    public void An_exception_restores_the_mode()
    {
        Should.Throw<TorchException>(() =>
        {
            using var mode = GradMode.Off();
            return Floats(1, 2) + Floats(1, 2, 3);
        });
        GradMode.IsOn.ShouldBeTrue();
    }

    [Fact]
    public void Other_threads_keep_their_mode()
    {
        using var mode = GradMode.Off();
        bool elsewhere = false;
        var thread = new Thread(() => elsewhere = GradMode.IsOn);
        thread.Start();
        thread.Join();
        elsewhere.ShouldBeTrue();
    }

    [Fact]
    public void Parameters_are_changed_in_place_with_recording_off()
    {
        var x = Floats(1).RequireGrad();
        using (GradMode.Off()) x.Add_(1);
        x.ShouldHold(2);
        x.RequiresGrad().ShouldBeTrue();
    }
}
