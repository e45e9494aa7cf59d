using System.Security.Cryptography;
using LlavaMod.Checkpoints;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Checkpoints;

public sealed class ModelHashTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_models_hash_is_that_of_its_configuration_and_weights_and_of_nothing_else()
    {
        Save("a", seed: 3);
        byte[] both = [.. File.ReadAllBytes(folder["a/config.json"]), .. File.ReadAllBytes(folder["a/model.safetensors"])];
        ModelHash.Of(folder["a"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(both)));
        folder.Write("a/README.md", "other words");
        ModelHash.Of(folder["a"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(both)));
    }

    [Fact]
    public void Other_weights_have_another_hash()
    {
        Save("a", seed: 3);
        Save("b", seed: 4);
        ModelHash.Of(folder["a"]).ShouldNotBe(ModelHash.Of(folder["b"]));
    }

    [Fact]
    public void A_folder_without_a_configuration_has_none()
    {
        Save("a", seed: 3);
        File.Delete(folder["a/config.json"]);
        Should.Throw<UserError>(() => ModelHash.Of(folder["a"])).Message.ShouldContain("config.json");
    }

    private void Save(string name, ulong seed)
    {
        using var model = TinyModels.Build(seed, TinyModels.Config());
        ModelFolder.Save(model, folder[name]);
    }
}
