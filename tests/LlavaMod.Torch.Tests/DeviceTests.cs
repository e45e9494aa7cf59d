namespace LlavaMod.Torch.Tests;

public sealed class DeviceTests
{
    [Theory, InlineData("cpu"), InlineData("cuda"), InlineData("cuda:0"), InlineData("cuda:7")]
    public void A_device_prints_as_it_parses(string text) => Device.Parse(text).ToString().ShouldBe(text);

    [Theory, InlineData(""), InlineData("gpu"), InlineData("cuda:"), InlineData("cuda:-1"), InlineData("cuda:x"), InlineData("cuda: 1"), InlineData("cuda:300")]
    public void What_is_not_a_device_is_refused(string text) => Should.Throw<FormatException>(() => Device.Parse(text)).Message.ShouldContain($"'{text}'");

    [Fact]
    public void A_meta_tensor_has_a_shape_and_a_type_and_takes_no_memory()
    {
        using var scope = new TensorScope();
        var huge = Create.Empty([1_000_000, 1_000_000], device: Device.Meta).To(DType.BFloat16).Clone();
        (huge.Elements, huge.DType, huge.Device.ToString()).ShouldBe((1_000_000_000_000, DType.BFloat16, "meta"));
    }

    [Theory, InlineData(0, -1), InlineData(1, -1), InlineData(1, 0), InlineData(1, 127), InlineData(14, 3)]
    public void Packing_a_device_loses_nothing(int type, int index)
    {
        var device = new Device(type, index);
        Device.Unpack((int)device.Packed).ShouldBe(device);
    }
}
