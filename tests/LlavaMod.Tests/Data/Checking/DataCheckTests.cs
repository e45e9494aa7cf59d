using System.Formats.Tar;
using System.Text;
using LlavaMod.Data;
using LlavaMod.Data.Checking;
using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Checking;

public sealed class DataCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Rows_of_many_batches_are_booked_in_order()
    {
        const int Rows = 10_000;
        folder.Write("rows.jsonl", string.Concat(Enumerable.Range(0, Rows).Select(i => i % 1000 == 7
            ? $"{{\"id\": {i}}}\n"
            : $$"""{"id": {{i / 2 * 2}}, "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "{{new string('a', 1 + (i % 50))}}"}]}""" + "\n")));
        using var data = CheckedSource.Open(folder["rows.jsonl"], "llava", null);
        var found = new List<DataError>();
        var report = new DataCheck(data, turns => turns[1].Text.Length, decode: false).Run(_ => { }, found.Add, CancellationToken.None);
        found.Select(error => error.Row).ShouldBe(Enumerable.Range(0, 10).Select(i => (i * 1000L) + 8));
        report.Broken.ShouldBe(10);
        report.Reasons.ShouldBe([KeyValuePair.Create("no conversations", 10)]);
        report.RepeatedIds.Count.ShouldBe((Rows / 2) - 10);
        report.RepeatedIds.First[0].ShouldBe((1, 0));
        report.RepeatedRows.Count.ShouldBe(0);
        (report.Lengths.Quantile(0), report.Lengths.Quantile(0.5), report.Lengths.Quantile(1)).ShouldBe((1, 26, 50));
        Enumerable.Range(0, Rows).Count(row => report.Usable[row]).ShouldBe(Rows - 10);
    }

    [Theory]
    [InlineData("image 'a/1.jpg' is missing", "image '...' is missing")]
    [InlineData("image 'cut 7.jpg' cannot be decoded: JPEG, Premature end of JPEG file.", "image '...' cannot be decoded: JPEG, Premature end of JPEG file.")]
    [InlineData("not JSON: 'xy' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 5.", "not JSON")]
    [InlineData("its .json is not JSON: 'it''s'", "its .json is not JSON")]
    [InlineData("turn 12 of conversations is empty", "turn N of conversations is empty")]
    public void A_kind_of_reason_has_no_names_and_numbers(string reason, string kind) => DataReport.KindOf(reason).ShouldBe(kind);

    [Fact]
    public void Reasons_that_are_all_different_are_counted_together_beyond_a_hundred()
    {
        folder.Write("rows.jsonl", string.Concat(Enumerable.Range(0, 150).Select(i =>
            $$"""{"conversations": [{"from": "'{{new string('x', i)}}", "value": "q"}, {"from": "gpt", "value": "a"}]}""" + "\n")));
        using var data = CheckedSource.Open(folder["rows.jsonl"], "llava", null);
        var report = new DataCheck(data, _ => 1, decode: false).Run(_ => { }, _ => { }, CancellationToken.None);
        report.Reasons[0].ShouldBe(KeyValuePair.Create("other reasons", 50));
        (report.Reasons.Count, report.Broken).ShouldBe((101, 150));
    }

    [Fact]
    public void Lengths_stand_in_steps_of_powers_of_two()
    {
        var lengths = new LengthHistogram();
        foreach (var length in (int[])[17, 32, 33, 200_000]) lengths.Add(length);
        lengths.Steps[0].ShouldBe((32, 2));
        lengths.Steps[1].ShouldBe((64, 1));
        lengths.Steps[^1].ShouldBe((LengthHistogram.Longest, 1));
        lengths.Total.ShouldBe(200_082);
    }

    [Fact]
    public void Good_samples_of_shards_are_copied_with_all_their_files()
    {
        Shard("in/a.tar", ("0.jpg", "x"), ("0.txt", "words"), ("1.jpg", "y"));
        Shard("in/b.tar", ("2.jpg", "z"), ("2.txt", "words"), ("2.cls", "7"));
        using var data = CheckedSource.Open(folder["in"], CheckedSource.FormatOf(folder["in"]), null);
        var report = new DataCheck(data, _ => 1, decode: false).Run(_ => { }, _ => { }, CancellationToken.None);
        ((IStoredRows)data).Copy(Enumerable.Range(0, 3).Where(row => report.Usable[row]), folder["out"]);
        using var good = (IDataset<Sample>)CheckedSource.Open(folder["out"], "webdataset", null);
        good.Usable().Select(row => row.Sample.Id).ShouldBe(["0", "2"]);
        good.Images.Read(good[1].Images[0]).ShouldBe("z"u8.ToArray());
        using var archive = new System.Formats.Tar.TarReader(File.OpenRead(folder["out/b.tar"]));
        var names = new List<string>();
        while (archive.GetNextEntry() is { } entry) names.Add(entry.Name);
        names.ShouldBe(["2.jpg", "2.txt", "2.cls"]);
    }

    [SharedFact("data/llava_format")]
    public void Every_made_broken_record_is_reported_by_file_row_and_reason()
    {
        using var data = CheckedSource.Open(RepositoryFiles.Shared("data/llava_format/made_broken_records.json")!, "llava", null);
        var found = new List<DataError>();
        var report = new DataCheck(data, _ => 1, decode: false).Run(_ => { }, found.Add, CancellationToken.None);
        (report.Rows, report.Broken).ShouldBe((10, 10));
        found.Select(error => error.Row).ShouldBe(Enumerable.Range(1, 10).Select(row => (long)row));
        found.ShouldAllBe(error => error.File == "made_broken_records.json" && error.Reason.Length > 0);
    }

    [SharedTheory("data/llava_format")]
    [InlineData("llava_v1_5_mix_200.json", "llava")]
    [InlineData("preference_pairs.json", "preference")]
    [InlineData("llamafactory_mllm_demo.json", "messages")]
    public void A_format_is_told_by_the_first_row(string file, string format) =>
        CheckedSource.FormatOf(RepositoryFiles.Shared($"data/llava_format/{file}")!).ShouldBe(format);

    private void Shard(string name, params (string Name, string Content)[] files)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        Tars.Write(folder[name], TarEntryFormat.Pax, files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Content))));
    }
}
