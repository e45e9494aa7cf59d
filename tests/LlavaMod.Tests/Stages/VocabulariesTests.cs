using LlavaMod.Fuzz;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Stages;

public class VocabulariesTests
{
    [Fact]
    public void Equal_tables_pass_and_different_ones_are_refused_with_the_tokens_that_differ()
    {
        var tokenizer = BpeTokenizer.Train(["red red red circle circle"], 262, ["<|endoftext|>"]);
        Vocabularies.Compare("a", tokenizer, "b", tokenizer);
        var other = BpeTokenizer.Train(["blue blue blue square square"], 262, ["<|endoftext|>"]);
        var message = Should.Throw<UserError>(() => Vocabularies.Compare("the teacher", tokenizer, "the student", other)).Message;
        message.ShouldContain("the teacher and the student have different vocabularies");
        message.ShouldContain("256: ");
    }

    [Fact]
    public void Every_model_and_reference_that_a_recipe_names_is_compared()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = BpeTokenizer.Train(["red red red circle circle"], 262, ["<|endoftext|>"]);
        tokenizer.Save(folder["same"]);
        tokenizer.Save(folder["more"]);
        folder.Write("more/added_tokens.json", $$"""{"<|endoftext|>": {{tokenizer.EndOfText}}, "<|extra_0|>": {{tokenizer.VocabSize}}}""");
        Directory.CreateDirectory(folder["none"]);
        var said = new List<string>();

        Check(model: "same", reference: "same");
        Check(model: "none", reference: "teacher");
        said.ShouldHaveSingleItem().ShouldContain("has no tokenizer beside its weights");
        Should.Throw<UserError>(() => Check(model: "more", reference: "teacher")).Message
            .ShouldContain($"1 of {tokenizer.VocabSize + 1} tokens differ, the first {tokenizer.VocabSize}: '<|extra_0|>' / 'none'");
        Should.Throw<UserError>(() => Check(model: "same", reference: "more")).Message.ShouldStartWith("the reference of stage pref");

        void Check(string model, string reference)
        {
            var recipe = new Recipe
            {
                Name = "test",
                Models = new(KeyValuePair.Create("teacher", new ModelSpec { Path = folder[model] })),
                Data = new(),
                Stages =
                [
                    new StageSpec
                    {
                        Name = "pref", Model = "teacher", Train = [], Data = [], Objectives = [], LearningRate = 1, BatchSize = 1,
                        Reference = reference == "teacher" ? reference : folder[reference],
                    },
                ],
            };
            Vocabularies.Check(recipe, tokenizer, said.Add);
        }
    }

    [Fact]
    public void Tables_are_compared_whatever_kind_of_tokenizer_has_them()
    {
        using var folder = new TemporaryFolder();
        (string, float, int)[] pieces = [("<unk>", 0, 2), ("</s>", 0, 3), .. Tokenization.SentencePieceFiles.Bytes, ("▁a", -1, 1), ("▁", -2, 1), ("a", -3, 1)];
        File.WriteAllBytes(Directory.CreateDirectory(folder["model"]).FullName + "/tokenizer.model", SentencePieceWriter.Write(pieces));
        folder.Write("json/tokenizer.json", Tokenization.SentencePieceFiles.Json(pieces).ToJsonString());
        Vocabularies.Compare("a", Tokenizer.Load(folder["model"]), "b", Tokenizer.Load(folder["json"]));
        var bytes = BpeTokenizer.Train(["a"], 257, ["</s>"]);
        Should.Throw<UserError>(() => Vocabularies.Compare("a", Tokenizer.Load(folder["model"]), "b", bytes)).Message.ShouldContain("0: '<unk>' / 'Ā'");
    }

    [Fact]
    public void Rows_that_pad_an_embedding_are_cut_and_said_to_be()
    {
        Vocabularies.Rows(student: 300, teacher: 300, words: 280).ShouldBeNull();
        Vocabularies.Rows(student: 300, teacher: 320, words: 300)!.ShouldStartWith("the teacher has 20 more rows of embeddings; rows from 300 on pad them");
        Vocabularies.Rows(student: 320, teacher: 300, words: 300)!.ShouldStartWith("the student has 20 more rows");
    }

    [Fact]
    public void A_model_with_fewer_rows_than_words_is_refused() =>
        Should.Throw<UserError>(() => Vocabularies.Rows(student: 300, teacher: 280, words: 300)).Message.ShouldContain("the teacher has embeddings of 280 words, and the tokenizer has 300");
}
