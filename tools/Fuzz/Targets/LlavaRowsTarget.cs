using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Conversations as LLaVA stores them.</summary>
[FuzzTarget("llava-rows", Summary = "LLaVA JSON and JSONL")]
public sealed class LlavaRowsTarget : RowsTarget<Sample>
{
    private protected override IDatasetFormat Format(string path, string images, OnError onError) =>
        new LlavaFormat(new LlavaFormat.Options { Path = path, Images = images, OnError = onError, MaxErrorShare = 1 });

    private protected override IEnumerable<string> NamesOf(Sample sample) => sample.Images;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds() => Both(
        """{"id": "1", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "A square."}]}""",
        """{"id": 2, "conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi"}, {"from": "human", "value": "?"}, {"from": "gpt", "value": "!"}]}""",
        """{"id": "3", "image": ["a.png", "a.png"], "conversations": [{"from": "human", "value": "<image><image>\u00e9"}, {"from": "gpt", "value": "\ud83d\ude00"}]}""");
}
