using System.Security.Cryptography;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

public sealed class TensorHashTests : TorchTest
{
    [Fact]
    public void The_hash_is_that_of_the_bytes_in_row_major_order()
    {
        var x = Tensor.From<byte>([1, 2, 3, 4, 5, 6], 2, 3);
        TensorHash.Sha256(x).ShouldBe(SHA256.HashData([1, 2, 3, 4, 5, 6]));
        TensorHash.Sha256(x.Transpose(0, 1)).ShouldBe(SHA256.HashData([1, 4, 2, 5, 3, 6]));
        TensorHash.Sha256(x.Narrow(0, 1, 1)).ShouldBe(SHA256.HashData([4, 5, 6]));
    }

    [Fact]
    public void Scalars_and_empty_tensors_have_a_hash()
    {
        TensorHash.Sha256(Create.Zeros([0])).ShouldBe(SHA256.HashData([]));
        TensorHash.Sha256(Create.Scalar(1)).ShouldBe(SHA256.HashData(BitConverter.GetBytes(1f)));
        TensorHash.Sha256(Create.Scalar(1).RequireGrad()).ShouldBe(SHA256.HashData(BitConverter.GetBytes(1f)));
    }
}
