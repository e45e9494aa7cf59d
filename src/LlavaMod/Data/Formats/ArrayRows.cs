using System.Text.Json;

namespace LlavaMod.Data.Formats;

/// <summary>Finds the elements of a JSON array by its tokens, without building anything of them.</summary>
internal sealed class ArrayRows(FileWindow window, string file)
{
    private enum Step
    {
        Opened,
        Row,
        End,
    }

    /// <summary>Lists the elements.</summary>
    /// <exception cref="UserError">Cut short, not JSON, a row over the limit, or something after the array.</exception>
    public void Index(int most, DiskList<RowSpan> rows)
    {
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 32 });
        while (rows.Count < most)
        {
            var step = Advance(ref state, rows.Count + 1, out var length);
            if (step == Step.End)
            {
                RefuseMore();
                return;
            }
            if (step == Step.Opened)
                continue;
            rows.Add(new RowSpan(window.Position, length, rows.Count + 1));
            window.Start += length;
        }
    }

    private void RefuseMore()
    {
        if (window.NextByte() is { } extra)
            throw new UserError($"{file}: byte {window.Position}: '{(char)extra}' after the end of the array; the file must hold one JSON array");
    }

    /// <summary>Goes on to the array's opening, its next row, which then begins the window, or its end.</summary>
    private Step Advance(ref JsonReaderState state, int row, out int length)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(window.Rest, isFinalBlock: false, state);
            try
            {
                if (TryAdvance(ref reader, out var step, out length))
                {
                    state = reader.CurrentState;
                    return step;
                }
            }
            catch (JsonException e)
            {
                throw NotJson(e, row);
            }
            ReadOn(row);
        }
    }

    private bool TryAdvance(ref Utf8JsonReader reader, out Step step, out int length)
    {
        (step, length) = (Step.End, 0);
        if (!reader.Read())
            return false;
        var first = reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.StartArray;
        if (first || reader.TokenType == JsonTokenType.EndArray)
        {
            step = first ? Step.Opened : Step.End;
            window.Start += (int)reader.BytesConsumed;
            return true;
        }
        var begin = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        (step, length) = (Step.Row, (int)reader.BytesConsumed - begin);
        window.Start += begin;
        return true;
    }

    private void ReadOn(int row)
    {
        if (window.Complete)
            throw new UserError($"{file}: row {row}: the file ends in the middle of it, at byte {window.Position + window.Rest.Length}; get the whole file");
        if (window.Rest.Length >= RowSpan.Largest)
            throw new UserError($"{file}: row {row}: larger than {RowSpan.Largest:N0} bytes");
        window.Slide();
    }

    private UserError NotJson(JsonException e, int row)
    {
        var reason = e.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ");
        return new UserError($"{file}: row {row}: not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {reason}", e);
    }
}
