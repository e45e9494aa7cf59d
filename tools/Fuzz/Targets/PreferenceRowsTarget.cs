using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Preference pairs, in LLaVA-MoD's layout and in RLAIF-V's.</summary>
[FuzzTarget("preference-rows", Summary = "preference JSON and JSONL")]
public sealed class PreferenceRowsTarget : RowsTarget<PreferencePair>
{
    private protected override IDatasetFormat Format(string path, string images, OnError onError) =>
        new PreferenceFormat(new PreferenceFormat.Options { Path = path, Images = images, OnError = onError, MaxErrorShare = 1 });

    private protected override IEnumerable<string> NamesOf(PreferencePair sample) => sample.Images;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds() => Both(
        """
        {"id": "1", "image": "a.png", "chosen": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A"}], "rejected": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "B"}]}
        """,
        """{"idx": 7, "image": "a.png", "question": "What?", "chosen": "A", "rejected": "B"}""");
}
