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
