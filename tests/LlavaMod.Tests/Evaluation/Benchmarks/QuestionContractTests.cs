using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using LlavaMod.Data.Images;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>What every benchmark keeps between its questions, its pictures, its scores and what it publishes.</summary>
public sealed class QuestionContractTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    // Those that have no published files.
    private static readonly string[] Others = ["world", "exact-match", "agreement"];

    public static TheoryData<string> Names => [.. Catalog<Benchmark>.Entries.Select(entry => entry.Name).Except(Others)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_to_a_benchmarks_questions_are_all_that_its_score_asks_for(string name)
    {
        SmallBenchmark.Write(name, folder).ShouldBeTrue($"{name} has published files; SmallBenchmark makes up a few rows of them");
        var benchmark = Catalog<Benchmark>.Create(name);
        using var data = new BenchmarkFolder(folder.Path);
        var questions = benchmark.Questions(data).ToList();
        questions.Select(question => (question.Id, question.Prompt)).ShouldBeUnique();
        string answers = SmallBenchmark.WriteAnswers(folder, questions);

        // A score without --allow-partial complains of what is missing, unknown or there twice; so do the requests to a judge.
        int asked = benchmark is IJudged judged ? judged.Rubric.Requests(data, answers, allowPartial: false).Count : benchmark.Score(data, answers).Questions;
        asked.ShouldBe(questions.Count);
        asked.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_question_has_a_place_for_each_of_its_pictures(string name)
    {
        SmallBenchmark.Write(name, folder);
        using var data = new BenchmarkFolder(folder.Path);
        foreach (var question in Catalog<Benchmark>.Create(name).Questions(data))
        {
            (question.Turn.Split("<image>").Length - 1).ShouldBe(question.Images.Count);
            if (question.Image is not null) question.Turn.ShouldStartWith("<image>\n");
        }
    }

    [Theory]
    [InlineData("pope", "val2014/COCO_val2014_000000000042.jpg")]
    [InlineData("pope", "images/val2014/COCO_val2014_000000000042.jpg")]
    [InlineData("mme", "MME_Benchmark_release_version/existence/a.jpg")]
    [InlineData("mme", "existence/a.jpg")]
    [InlineData("scienceqa", "images/test/7/image.png")]
    [InlineData("scienceqa", "test/7/image.png")]
    [InlineData("textvqa", "train_images/ab.jpg")]
    [InlineData("gqa", "images/n1.jpg")]
    [InlineData("vizwiz", "val/VizWiz_val_00000000.jpg")]
    [InlineData("llava-bench", "images/001.jpg")]
    [InlineData("mm-vet", "images/v1_0.png")]
    [InlineData("mmhal", "images/attribute_o.jpg")]
    public void Pictures_lie_where_the_benchmark_ships_them(string name, string picture)
    {
        SmallBenchmark.Write(name, folder);
        folder.Write(picture, "pixels");
        FirstPicture(name).ShouldBe("pixels");
    }

    [Theory]
    [InlineData("pope", "val2014.zip", "val2014/COCO_val2014_000000000042.jpg")]
    [InlineData("scienceqa", "test.zip", "test/7/image.png")]
    [InlineData("textvqa", "train_val_images.zip", "train_images/ab.jpg")]
    [InlineData("gqa", "images.zip", "images/n1.jpg")]
    [InlineData("gqa", "allImages.zip", "allImages/images/n1.jpg")]
    [InlineData("vizwiz", "val.zip", "val/VizWiz_val_00000000.jpg")]
    [InlineData("mm-vet", "images.zip", "v1_0.png")]
    public void Archives_are_read_as_they_are_shipped(string name, string archive, string entry)
    {
        SmallBenchmark.Write(name, folder);
        using (var zip = ZipFile.Open(folder[archive], ZipArchiveMode.Create))
        using (var writer = new StreamWriter(zip.CreateEntry(entry).Open()))
            writer.Write("pixels");
        FirstPicture(name).ShouldBe("pixels");
    }

    [Fact]
    public void Pictures_given_elsewhere_are_taken_from_there()
    {
        SmallBenchmark.Write("pope", folder);
        folder.Write("val2014/COCO_val2014_000000000042.jpg", "not these");
        folder.Write("elsewhere/COCO_val2014_000000000042.jpg", "these");
        using var data = new BenchmarkFolder(folder.Path, folder["elsewhere"]);
        Encoding.UTF8.GetString(new Pope().Questions(data).First().Image!.Read()).ShouldBe("these");
    }

    [Fact]
    public void A_picture_that_is_nowhere_is_an_error_that_says_where_it_was_looked_for()
    {
        SmallBenchmark.Write("pope", folder);
        Should.Throw<UserError>(() => FirstPicture("pope")).Message.ShouldBe(
            $"{folder.Path}: holds no pictures, neither val2014 nor val2014.zip nor val2014.tar nor images nor images.zip nor images.tar; --images names the folder, .zip or .tar with them");
        folder.Write("val2014/another.jpg", "");
        Should.Throw<UserError>(() => FirstPicture("pope")).Message.ShouldBe(
            $"there is no picture COCO_val2014_000000000042.jpg in {folder["val2014"]}; --images names the folder, .zip or .tar that has it");
    }

    [Fact]
    public void A_picture_cannot_lie_outside_its_folder()
    {
        folder.Write("secret.jpg", "secret");
        folder.Write("questions.jsonl", """{"question_id": 0, "image": "../secret.jpg", "text": "What?"}""");
        folder.Write("images/001.jpg", "");
        Should.Throw<UserError>(() => FirstPicture("llava-bench")).Message.ShouldStartWith("there is no picture ../secret.jpg in");
    }

    [Fact]
    public void Object_HalBench_has_its_pictures_in_its_questions_or_COCOs_folder()
    {
        SmallBenchmark.Write("object-halbench", folder);
        folder.Write("val2014/COCO_val2014_000000000007.jpg", "pixels");
        using var data = new BenchmarkFolder(folder.Path);
        var questions = new ObjectHalBench().Questions(data).ToList();
        ImageDecoder.Decode(questions[0].Image!.Read(), "42").Width.ShouldBe(1);
        Encoding.UTF8.GetString(questions[1].Image!.Read()).ShouldBe("pixels");
        questions.Select(question => (question.Id, (long)question.Extra!["image_id"]!)).ShouldBe([("42", 42), ("7", 7)]);
    }

    [Fact]
    public void Object_HalBench_scores_answers_that_number_the_question_and_name_the_image()
    {
        SmallBenchmark.Write("object-halbench", folder);
        string answers = folder.Write("answers.jsonl", """{"question_id": 0, "image_id": 42, "text": "A dog."}""" + "\n" + """{"question_id": 1, "image_id": "000000000007", "text": "A dog."}""");
        new ObjectHalBench().Score(folder.Path, answers).Figures.Metrics["chair_s"].ShouldBe(0.5);
    }

    [Fact]
    public void VizWiz_scores_answers_that_name_the_image_or_number_the_question()
    {
        SmallBenchmark.Write("vizwiz", folder);
        foreach (string[] ids in (string[][])[["0", "1"], ["\"0\"", "\"VizWiz_val_00000002.jpg\""], ["\"VizWiz_val_00000000.jpg\"", "\"VizWiz_val_00000002.jpg\""]])
        {
            string answers = folder.Write("answers.jsonl", $$"""{"question_id": {{ids[0]}}, "text": "soup"}""" + "\n" + $$"""{"question_id": {{ids[1]}}, "text": "tea"}""");
            new VizWiz().Score(folder.Path, answers).Answered.ShouldBe(2);
        }
        folder.Write("answers.jsonl", """{"question_id": 2, "text": "soup"}""");
        Should.Throw<UserError>(() => new VizWiz().Score(folder.Path, folder["answers.jsonl"])).Message.ShouldContain("does not have (2)");
    }

    [Fact]
    public void MmBench_leaves_out_choices_that_are_not_there()
    {
        SmallBenchmark.Write("mmbench", folder);
        using var data = new BenchmarkFolder(folder.Path);
        var questions = new MmBench().Questions(data).ToList();
        questions.Select(question => question.Prompt).ShouldBe(["A \"hint\"\nof two lines\nWhat?\nA. dog\nB. cat", "What?\nA. cat\nB. dog"]);
        JsonNode.DeepEquals(questions[1].Extra, JsonNode.Parse("""{"round_id": 0, "options": ["cat", "dog"], "option_char": ["A", "B"]}""")).ShouldBeTrue();
        SmallBenchmark.Write("mmbench-cn", folder);
        new MmBenchCn().Questions(data).Single().Turn.ShouldBe("<image>\n什么？\nA. 狗\nB. 猫\n请直接回答选项字母。");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MmBench_reads_pictures_out_of_its_table_one_by_one(bool compressed)
    {
        SmallBenchmark.Write("mmbench", folder);
        if (compressed)
        {
            string table = folder["mmbench_dev_20230712.tsv"];
            using (var file = new GZipStream(File.Create(table + ".gz"), CompressionLevel.Fastest)) file.Write(File.ReadAllBytes(table));
            File.Delete(table);
        }
        using var data = new BenchmarkFolder(folder.Path);
        foreach (var question in new MmBench().Questions(data).Reverse()) // the second has the first one's picture, by its index
            ImageDecoder.Decode(question.Image!.Read(), question.Id).Width.ShouldBe(1);
    }

    [Fact]
    public void MmBench_says_when_its_table_changes_while_it_is_asked()
    {
        SmallBenchmark.Write("mmbench", folder);
        using var data = new BenchmarkFolder(folder.Path);
        var image = new MmBench().Questions(data).Last().Image!;
        folder.Write("mmbench_dev_20230712.tsv", "index\tquestion\n");
        Should.Throw<UserError>(() => image.Read()).Message.ShouldContain("row 2 is not there any more; was the table changed meanwhile?");
    }

    [Fact]
    public void Mmes_result_files_score_as_the_answers_that_they_are_written_from()
    {
        SmallBenchmark.Write("mme", folder);
        using var data = new BenchmarkFolder(folder.Path);
        var benchmark = new Mme();
        var answers = benchmark.Questions(data).Select((question, index) => new AnswerRow(question.Id, question.Prompt, index % 3 == 0 ? "No,\nnot\there" : "Yes")).ToList();
        foreach (var (file, content) in benchmark.Publish(data, answers)) folder.Write($"results/{file}", content);
        string lines = folder.Write("answers.jsonl", string.Concat(answers.Select(row => new JsonObject { ["question_id"] = row.QuestionId, ["prompt"] = row.Prompt, ["text"] = row.Text }.ToJsonString() + "\n")));

        File.ReadAllLines(folder["results/count.txt"]).ShouldBe(["a.jpg\tIs it red? Please answer yes or no.\tYes\tYes", "a.jpg\tIs it blue?  Please answer yes or no.\tNo\tNo, not here"]);
        benchmark.Score(folder.Path, folder["results"]).Figures.Metrics.ShouldBe(benchmark.Score(folder.Path, lines).Figures.Metrics);
    }

    [Fact]
    public void Mme_is_read_from_its_release_as_from_its_evaluation_tool()
    {
        SmallBenchmark.Write("mme", folder);
        foreach (string path in Directory.GetFiles(folder.Path, "*.txt"))
        {
            string task = Path.GetFileNameWithoutExtension(path), release = $"MME_Benchmark_release_version/{task}";
            bool isSplit = task is "posters" or "celebrity" or "scene" or "landmark" or "artwork";
            folder.Write($"{release}/{(isSplit ? "questions_answers_YN/" : "")}a.txt", "Is it red? Please answer yes or no.\tYes\nIs it blue?  Please answer yes or no.\tNo\n");
            folder.Write($"{release}/{(isSplit ? "images/" : "")}a.jpg", task);
        }
        using var tool = new BenchmarkFolder(folder.Path);
        var expected = new Mme().Questions(tool).Select(question => (question.Id, question.Prompt)).ToList();
        foreach (string path in Directory.GetFiles(folder.Path, "*.txt")) File.Delete(path);
        foreach (string place in (string[])[folder.Path, folder["MME_Benchmark_release_version"]])
        {
            using var release = new BenchmarkFolder(place);
            var questions = new Mme().Questions(release).ToList();
            questions.Select(question => (question.Id, question.Prompt)).ShouldBe(expected);
            foreach (var question in questions) Encoding.UTF8.GetString(question.Image!.Read()).ShouldBe(question.Id.Split('/')[0]);
        }
        File.Delete(folder["MME_Benchmark_release_version/count/a.jpg"]);
        Should.Throw<UserError>(() => expected = [.. new Mme().Questions(tool).Select(question => (question.Id, ""))]).Message.ShouldContain("has no picture of this name");
    }

    [Fact]
    public void MmBenchs_upload_has_LLaVAs_columns_and_scores_as_the_answers_that_it_is_written_from()
    {
        SmallBenchmark.Write("mmbench", folder);
        using var data = new BenchmarkFolder(folder.Path);
        var (_, table) = new MmBench().Publish(data, [new AnswerRow("7", "", "B"), new AnswerRow("1000007", "", "cat\tor dog")]).Single();
        table.ShouldBe("index\tquestion\tA\tB\tC\tD\tprediction\tanswer\tsplit\n7\tWhat?\tdog\tcat\t\t\tB\tB\tdev\n1000007\tWhat?\tcat\tdog\tNone\tcow\t\"cat\tor dog\"\tA\tdev\n");
        new MmBench().Score(folder.Path, folder.Write("upload.tsv", table)).Figures.Metrics["row_accuracy"].ShouldBe(0.5);
    }

    [Fact]
    public void Gqas_predictions_are_in_the_form_that_its_script_compares()
    {
        SmallBenchmark.Write("gqa", folder);
        using var data = new BenchmarkFolder(folder.Path);
        var (file, content) = new Gqa().Publish(data, [new AnswerRow("20", "", "Yes."), new AnswerRow("3", "", "dog")]).Single();
        file.ShouldBe("testdev_balanced_predictions.json");
        JsonNode.DeepEquals(JsonNode.Parse(content), JsonNode.Parse("""[{"questionId": "20", "prediction": "yes"}, {"questionId": "3", "prediction": "dog"}]""")).ShouldBeTrue();
    }

    [Fact]
    public void TextVqa_takes_LLaVAs_own_questions_where_they_are()
    {
        SmallBenchmark.Write("textvqa", folder);
        folder.Write("llava_textvqa_val_v051_ocr.jsonl", """{"question_id": "ab", "image": "ab.jpg", "text": "Reference OCR token: x\nWhat is it?\nAnswer", "category": "default"}""");
        using var data = new BenchmarkFolder(folder.Path);
        new TextVqa(new()).Questions(data).Single().Prompt.ShouldBe("Reference OCR token: x\nWhat is it?\nAnswer");
    }

    [Theory]
    [InlineData("pope", "coco/coco_pope_random.json", """{"question_id": 1, "text": "?"}""", "coco_pope_random.json: row 1 has no image")]
    [InlineData("pope", "coco/coco_pope_random.json", """{"question_id": 10000000, "image": "a", "text": "?"}""", "row 1 has the question_id '10000000'; expected a number under 10,000,000")]
    [InlineData("pope", "coco/coco_pope_random.json", """{"question_id": 1, "image": "a", "text": "Is <image> it?"}""", "row 1 has <image> within its text; the picture's place is before it")]
    [InlineData("mme", "count.txt", "a.jpg\tIs it?\tYes\na.jpg\tIs it? Please answer yes or no.\tNo", "asks 'Is it? Please answer yes or no.' about a.jpg twice")]
    [InlineData("mme", "count.txt", "a.jpg Is it? Yes", "count.txt: line 1 has 1 columns; expected 3, with tabs between them")]
    [InlineData("scienceqa", "pid_splits.json", """{"train": []}""", "pid_splits.json: it has no list of texts named test")]
    [InlineData("scienceqa", "pid_splits.json", """{"test": ["9"]}""", "problems.json: has no problem 9, which is in the test split of")]
    [InlineData("scienceqa", "pid_splits.json", """{"test": ["4", "4"]}""", "the test split has problem 4 twice")]
    [InlineData("scienceqa", "problems.json", """{"4": {"question": "?", "choices": []}, "7": {"question": "?", "choices": []}}""", "problem 7 has 0 choices; expected 1 to 5")]
    [InlineData("textvqa", "TextVQA_Rosetta_OCR_v0.2_val.json", """{"data": []}""", "row 1 is about image ab, of which TextVQA_Rosetta_OCR_v0.2_val.json says nothing")]
    [InlineData("textvqa", "TextVQA_0.5.1_val.json", """{"rows": []}""", "TextVQA_0.5.1_val.json: has no list named data")]
    [InlineData("gqa", "questions1.2/testdev_balanced_questions.json", """{"1": {"question": "?"}}""", "row 1 has no imageId")]
    [InlineData("vizwiz", "Annotations/val.json", """[{"image": "a"}]""", "row 1 has no question")]
    [InlineData("mmbench", "mmbench_dev_20230712.tsv", "index\tquestion\tA\tanswer\n1\t?\tx\tA\n", "has no column image; it has index, question, A, answer")]
    [InlineData("mmbench", "mmbench_dev_20230712.tsv", "index\tquestion\tA\timage\n1\t?\tnan\tAAAA\n", "row 1 has no question, or no choice A")]
    [InlineData("mmbench", "mmbench_dev_20230712.tsv", "index\tquestion\tA\timage\n1\t?\tx\tAAAA\n1\t?\tx\tAAAA\n", "row 2 has index 1 a second time")]
    [InlineData("mmbench", "mmbench_dev_20230712.tsv", "index\tquestion\tA\timage\n-1\t?\tx\tAAAA\n", "row 1 has the index '-1'; expected a number")]
    [InlineData("llava-bench", "questions.jsonl", """{"question_id": 0, "text": "?"}""", "row 1 has no image")]
    [InlineData("mm-vet", "mm-vet.json", """{"v1_0": {"question": "?"}}""", "row 1 has no imagename")]
    [InlineData("mmhal", "mmhal-bench_answer_template.json", """[{"question": "?"}]""", "row 1 has no image_src")]
    [InlineData("object-halbench", "obj_halbench_300_with_image.jsonl", """{"image_id": "x", "question": "?"}""", "row 1 has 'x' as image_id; expected the number of a COCO image")]
    public void A_broken_row_is_named_before_anything_is_asked(string name, string file, string content, string reason)
    {
        SmallBenchmark.Write(name, folder);
        folder.Write(file, content);
        using var data = new BenchmarkFolder(folder.Path);
        var error = Should.Throw<UserError>(() => Catalog<Benchmark>.Create(name).Questions(data).ToList());
        error.Message.ShouldContain(reason);
        error.Message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("scienceqa", "problems.json", "holds no problems.json, plain or as .gz; it has the questions (test_ground_truth.jsonl has the answers alone)")]
    [InlineData("textvqa", "TextVQA_Rosetta_OCR_v0.2_val.json", "holds neither TextVQA_Rosetta_OCR_v0.2_val.json nor llava_textvqa_val_v051_ocr.jsonl")]
    [InlineData("mme", "count.txt", "holds none of count.txt, ground_truth/count.txt, eval_tool/Your_Results/count.txt, plain or as .gz, nor a folder count of MME_Benchmark_release_version")]
    [InlineData("vizwiz", "Annotations/val.json", "holds none of test.json, Annotations/test.json")]
    public void A_missing_file_is_named_before_anything_is_asked(string name, string file, string reason)
    {
        SmallBenchmark.Write(name, folder);
        File.Delete(folder[file]);
        using var data = new BenchmarkFolder(folder.Path);
        Should.Throw<UserError>(() => Catalog<Benchmark>.Create(name).Questions(data).ToList()).Message.ShouldContain(reason);
    }

    [Fact]
    public void The_test_split_of_VizWiz_has_no_score()
    {
        folder.Write("test.json", """[{"image": "a.jpg", "question": "?"}]""");
        using (var data = new BenchmarkFolder(folder.Path))
            new VizWiz().WhyUnscored(data).ShouldBe("the answers of VizWiz's test split are not public: vizwiz_upload.json is for the challenge's server");
        Should.Throw<UserError>(() => new VizWiz().Score(folder.Path, folder.Write("answers.jsonl", """{"question_id": 0, "text": "soup"}"""))).Message
            .ShouldContain("has no list of answers; those of the test split are not public: vizwiz_upload.json is for the challenge's server");
    }

    [Theory]
    [InlineData("zz", "row 1 has 'zz' for a picture, which is neither base64 nor the index of another row")]
    [InlineData("1", "row 1 has '1' for a picture")]
    [InlineData("=====================================================================", "row 1 has a picture that is no base64")]
    public void A_broken_picture_of_MmBench_is_named(string cell, string reason)
    {
        folder.Write("mmbench_dev_20230712.tsv", $"index\tquestion\tA\timage\n1\t?\tx\t{cell}\n");
        Should.Throw<UserError>(() => FirstPicture("mmbench")).Message.ShouldContain(reason);
    }

    private string FirstPicture(string benchmark)
    {
        using var data = new BenchmarkFolder(folder.Path);
        return Encoding.UTF8.GetString(Catalog<Benchmark>.Create(benchmark).Questions(data).First().Image!.Read());
    }
}
