using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind data-pipeline: rows of LLaVA JSON and preference JSON to ids, labels and pixel values, as LLaVA-MoD's LazySupervisedDataset, LazyDPODataset
/// and their collators give them. Where the original puts a black picture in the place of a missing one, the row is refused here.
/// </summary>
public sealed class GoldenPipelineTests
{
    private const string Kind = "data-pipeline";
    private const int FallbackSide = 224; // of the original's black picture

    [GoldenTheory(Kind)]
    [MemberData(nameof(GoldenCases.OfKind), Kind, MemberType = typeof(GoldenCases))]
    public void Conversations_become_the_same_rows(string name)
    {
        var golden = GoldenCases.Open(name);
        var rows = golden.Json("sft.json").EnumerateArray().Select(row => Turns(row.GetProperty("conversations"))).ToList();
        foreach (var variant in Variants(golden, "sft", ".input_ids"))
            ShouldBeRows(golden, rows, $"{variant}.", "sft" == variant ? int.MaxValue : int.Parse(variant["sft_maxlen".Length..]));
    }

    [GoldenTheory(Kind)]
    [MemberData(nameof(GoldenCases.OfKind), Kind, MemberType = typeof(GoldenCases))]
    public void Pairs_become_the_same_rows(string name)
    {
        var golden = GoldenCases.Open(name);
        using var pairs = (IDataset<PreferencePair>)new PreferenceFormat(new() { Path = golden.File("dpo.json"), Images = golden.File("images") })
            .Open(path => new FolderImages(path));
        var samples = Enumerable.Range(0, pairs.Count).Select(i => pairs[i]).ToList();
        ShouldBeRows(golden, [.. samples.Select(pair => pair.Chosen)], "dpo.chosen_", int.MaxValue);
        ShouldBeRows(golden, [.. samples.Select(pair => pair.Rejected)], "dpo.rejected_", int.MaxValue);
    }

    [GoldenTheory(Kind)]
    [MemberData(nameof(GoldenCases.OfKind), Kind, MemberType = typeof(GoldenCases))]
    public void Pictures_become_the_same_pixel_values(string name)
    {
        var golden = GoldenCases.Open(name);
        foreach (var variant in Variants(golden, "sft_", ".images"))
        {
            var steps = ImagePreprocessor.Load(golden.Folder) with { PadToSquare = variant.EndsWith("_pad", StringComparison.Ordinal) };
            ShouldBePictures(golden, golden.Json("sft.json"), $"out.{variant}.images", steps);
        }
        ShouldBePictures(golden, golden.Json("dpo.json"), "out.dpo.images", ImagePreprocessor.Load(golden.Folder) with { PadToSquare = true });
    }

    [GoldenTheory(Kind)]
    [MemberData(nameof(GoldenCases.OfKind), Kind, MemberType = typeof(GoldenCases))]
    public void A_row_whose_picture_is_missing_is_refused_and_the_others_are_read(string name)
    {
        var golden = GoldenCases.Open(name);
        using var samples = (IDataset<Sample>)new LlavaFormat(new() { Path = golden.File("sft.json"), Images = golden.File("images") })
            .Open(path => new FolderImages(path));
        var rows = golden.Json("sft.json").EnumerateArray().ToList();
        samples.Count.ShouldBe(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var missing = Images(rows[i]).FirstOrDefault(image => !File.Exists(golden.File($"images/{image}")));
            if (missing is not null)
                Should.Throw<Exception>(() => samples[i]).Message.ShouldContain(missing);
            else
                samples[i].Turns.ShouldBe(Turns(rows[i].GetProperty("conversations")));
        }
    }

    // The batch is padded on the right, with labels that nothing learns from.
    private static void ShouldBeRows(GoldenCase golden, IReadOnlyList<IReadOnlyList<Turn>> rows, string prefix, int longest)
    {
        var arrays = new GoldenArrays(golden.File("expected.safetensors"));
        var tokenizer = Tokenizer.Load(GoldenConversationTests.TokenizerOf(golden));
        var template = new QwenTemplate(new() { Reference = true });
        var (ids, labels) = (arrays.Read<long>($"out.{prefix}input_ids"), arrays.Read<long>($"out.{prefix}labels"));
        var mask = arrays.Read<bool>($"out.{prefix}attention_mask");
        var width = ids.Length / rows.Count;
        for (var row = 0; row < rows.Count; row++)
        {
            var encoded = template.Encode(rows[row], tokenizer);
            var length = Math.Min(encoded.InputIds.Length, longest);
            var at = row * width;
            ids[at..(at + length)].ShouldBe(encoded.InputIds[..length].Select(id => (long)id), $"{prefix}{row}");
            labels[at..(at + length)].ShouldBe(encoded.Labels[..length].Select(label => (long)label), $"{prefix}{row}");
            mask[at..(at + width)].ShouldBe(Enumerable.Range(0, width).Select(i => i < length), $"{prefix}{row}");
            labels[(at + length)..(at + width)].ShouldAllBe(label => label == EncodedConversation.Ignored);
        }
    }

    private static void ShouldBePictures(GoldenCase golden, JsonElement rows, string tensor, ImagePreprocessor steps)
    {
        var expected = new GoldenArrays(golden.File("expected.safetensors")).Read<float>(tensor);
        var tolerance = golden.Manifest.GetProperty("tensors").GetProperty(tensor).GetProperty("tol").GetDouble();
        float[] actual = [.. rows.EnumerateArray().SelectMany(row => Images(row) is { Length: > 0 } images
            ? images.SelectMany(image => steps.Apply(Decode(golden, image)))
            : new float[steps.ValueCount])]; // a row of text alone brings a picture of zeros
        actual.Length.ShouldBe(expected.Length, tensor);
        actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max().ShouldBeLessThanOrEqualTo(tolerance, tensor);
    }

    private static RgbImage Decode(GoldenCase golden, string image) => File.Exists(golden.File($"images/{image}"))
        ? ImageDecoder.Decode(File.ReadAllBytes(golden.File($"images/{image}")), image)
        : new RgbImage(FallbackSide, FallbackSide, new byte[FallbackSide * FallbackSide * 3]);

    private static IEnumerable<string> Variants(GoldenCase golden, string start, string end) => golden.Manifest.GetProperty("tensors").EnumerateObject()
        .Select(tensor => tensor.Name).Where(tensor => tensor.StartsWith($"out.{start}", StringComparison.Ordinal) && tensor.EndsWith(end, StringComparison.Ordinal))
        .Select(tensor => tensor["out.".Length..^end.Length]);

    private static string[] Images(JsonElement row) => !row.TryGetProperty("image", out var image) ? []
        : image.ValueKind == JsonValueKind.Array ? [.. image.EnumerateArray().Select(item => item.GetString()!)] : [image.GetString()!];

    private static Turn[] Turns(JsonElement turns) => [.. turns.EnumerateArray().Select(turn => new Turn(
        turn.GetProperty("from").GetString() == "human" ? Role.Human : Role.Assistant,
        turn.GetProperty("value").GetString()!))];
}
