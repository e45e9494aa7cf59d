using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace LlavaMod.Runs.Reports;

/// <summary>
/// Markup that is safe to put into a page. <see cref="Of"/> takes an interpolated string, whose literal parts are markup and whose holes
/// are text: everything in a hole is escaped unless it is <see cref="Html"/> itself.
/// </summary>
internal readonly record struct Html(string Markup)
{
    public static Html Empty => new("");

    public static Html Of(Handler content) => content.Finish();

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Markup)));

    public override string ToString() => Markup;

    /// <summary>Builds the markup of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Handler(int literals, int holes)
    {
        private readonly StringBuilder text = new(literals + (holes * 16));

        public void AppendLiteral(string markup) => text.Append(markup);

        public void AppendFormatted(Html markup) => text.Append(markup.Markup);

        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (var part in parts)
                text.Append(part.Markup);
        }

        public void AppendFormatted(string? value) => text.Append(WebUtility.HtmlEncode(value));

        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            text.Append(WebUtility.HtmlEncode(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture)));

        public Html Finish() => new(text.ToString());
    }
}
