using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Conversations as chat trainers store them, and ShareGPT's.</summary>
[FuzzTarget("message-rows", Summary = "messages and ShareGPT JSON and JSONL")]
public sealed class MessageRowsTarget : RowsTarget<Sample>
{
    private protected override IDatasetFormat Format(string path, string images, OnError onError) =>
        new MessagesFormat(new MessagesFormat.Options { Path = path, Images = images, LeaveOutSystem = true, OnError = onError, MaxErrorShare = 1 });

    private protected override IEnumerable<string> NamesOf(Sample sample) => sample.Images;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds() => Both(
        """{"id": "1", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A"}], "images": ["a.png"]}""",
        """{"messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "B"}]}""",
        """{"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi \ud83d\ude00"}]}""");
}
