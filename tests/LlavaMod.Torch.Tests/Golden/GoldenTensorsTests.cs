using System.Text.Json;
using LlavaMod.Tests;
using LlavaMod.Tests.Golden;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Golden;

public sealed class GoldenTensorsTests : TorchTest
{
    private readonly TemporaryFolder folder = new();
    private readonly GoldenTensors golden;

    public GoldenTensorsTests()
    {
        SafetensorsWriter.Write(folder["expected.safetensors"], new Dictionary<string, Tensor>
        {
            ["in.x"] = Create.Scalar(1),
            ["out.y"] = Tensor.From([1f, 2, 3, 4, 5, float.NegativeInfinity], 3, 2),
            ["out.counts"] = Tensor.From([1L, 2], 2),
        });
        folder.Write("manifest.json", JsonSerializer.Serialize(new
        {
            kind = "made-up",
            @params = new { beta = 0.5 },
            tensors = new Dictionary<string, object>
            {
                ["in.x"] = new { dtype = "float32" },
                ["out.y"] = new { dtype = "float32", tol = 0.01 },
                ["out.counts"] = new { dtype = "int64", tol = 0 },
            },
        }));
        golden = GoldenTensors.Open(folder.Path);
    }

    public override void Dispose()
    {
        golden.Dispose();
        folder.Dispose();
        base.Dispose();
    }

    private static Tensor Y(params float[] elements) => Tensor.From(elements, 3, 2);

    [Fact]
    public void What_is_within_the_tolerance_matches() =>
        golden.ShouldMatch("out.y", Y(1.009f, 2, 3, 4, 4.991f, float.NegativeInfinity));

    [Fact]
    public void The_message_names_the_worst_element()
    {
        var error = Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.y", Y(1.5f, 2, 3, 7, 5, float.NegativeInfinity)));
        error.Message.ShouldContain("out.y: 2 of 6 elements are off; the worst, at [1, 1], is 7 where 4 is expected: off by 3, tolerance 0.01");
    }

    [Fact]
    public void Elements_outside_the_mask_are_not_compared()
    {
        var actual = Y(1, 2, 99, 99, 5, float.NegativeInfinity);
        golden.ShouldMatch("out.y", actual, Tensor.From([true, false, true], 3));
        golden.ShouldMatch("out.y", actual, Tensor.From([1L, 0, 1], 3));
        Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.y", actual, Tensor.From([false, true, false], 3)));
    }

    [Fact]
    public void A_mask_that_leaves_nothing_is_an_error() =>
        Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.y", golden["out.y"], Tensor.From([false, false, false], 3)));

    [Fact]
    public void Not_a_number_never_matches_a_number() =>
        Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.y", Y(float.NaN, 2, 3, 4, 5, float.NegativeInfinity)));

    [Fact]
    public void Integers_match_exactly()
    {
        golden.ShouldMatch("out.counts", Tensor.From([1L, 2], 2));
        Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.counts", Tensor.From([1L, 3], 2)));
    }

    [Fact]
    public void Another_shape_never_matches() =>
        Should.Throw<ShouldAssertException>(() => golden.ShouldMatch("out.y", Create.Zeros([6]))).Message.ShouldContain("Float32[6] on cpu");

    [Fact]
    public void An_output_that_no_comparison_looked_at_is_named()
    {
        golden.ShouldMatch("out.y", golden["out.y"]);
        golden.ShouldHaveComparedAll("out.y");
        Should.Throw<ShouldAssertException>(() => golden.ShouldHaveComparedAll("out.")).Message.ShouldEndWith("not compared: out.counts");
        Should.Throw<ShouldAssertException>(() => golden.ShouldHaveComparedAll("out.z")).Message.ShouldContain("no out.z*");
    }

    [Fact]
    public void An_input_has_no_tolerance_to_match_within() =>
        Should.Throw<InvalidOperationException>(() => golden.ShouldMatch("in.x", Create.Scalar(1)));

    [Fact]
    public void Settings_of_the_case_are_readable() => golden.Parameters.GetProperty("beta").GetDouble().ShouldBe(0.5);
}
