using LlavaMod.Generation;
using LlavaMod.Torch;
using Microsoft.Extensions.AI;

namespace LlavaMod.Tests.Generation;

[Collection("live tensors")]
public sealed class ChatClientMemoryTests : IDisposable
{
    private const string Question = "Is there a red circle?";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Who_stops_listening_leaves_no_tensor_behind()
    {
        ModelOnDisk.Write(folder.Path);
        long without = Tensor.Live;
        using (var client = new ChatClient(ChatModel.Load(folder.Path)))
        {
            long before = Tensor.Live;
            await foreach (var update in client.GetStreamingResponseAsync(Question)) break;
            Tensor.Live.ShouldBe(before);
        }
        Tensor.Live.ShouldBe(without);
    }
}
