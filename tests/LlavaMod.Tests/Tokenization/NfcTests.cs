using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

public sealed class NfcTests
{
    [Theory]
    [InlineData("plain ascii, Üñïçødé and 中文 stay", "plain ascii, Üñïçødé and 中文 stay")]
    [InlineData("e\u0301", "\u00e9")]                               // composes
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]                   // marks are ordered by class
    [InlineData("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")] // a mark of an equal class blocks the next one
    [InlineData("\u212b", "\u00c5")]                                // singleton
    [InlineData("\u0958", "\u0915\u093c")]                           // excluded from composition
    [InlineData("\u1100\u1161\u11a8", "\uac01")]                     // Hangul L V T
    [InlineData("\uac00\u11a8", "\uac01")]                           // Hangul LV T
    [InlineData("\U0001d15e", "\U0001d157\U0001d165")]               // beyond the first plane
    [InlineData("\u0301e", "\u0301e")]                               // nothing in front to combine with
    public void Text_is_brought_to_form_C(string text, string expected) => Nfc.Normalize(text).ToString().ShouldBe(expected);

    [Fact]
    public void Text_that_is_in_form_C_is_not_copied()
    {
        var text = "日本語 ガ é 한국";
        (Nfc.Normalize(text) == text.AsSpan()).ShouldBeTrue("spans are equal where they are the same memory");
    }

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() => Nfc.Normalize("a\ud83d\u0301").ToString().ShouldBe("a\ufffd\u0301");
}
