using System.Text.Encodings.Web;
using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Data.Checking;
using LlavaMod.Data.Formats;

namespace LlavaMod.Cli.Results;

/// <summary>What a check of a dataset finds, as JSON that is written while it goes on: there may be millions of broken rows.</summary>
internal static class DataReportJson
{
    public static void Write(Stream stream, string path, string format, IDataset dataset, Func<Action<DataError>, DataReport> check)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("path", path);
        json.WriteString("format", format);
        json.WriteString("content_hash", dataset.ContentHash);
        json.WriteStartArray("broken_rows");
        var report = check(error => WriteRow(json, error));
        json.WriteEndArray();
        json.WriteNumber("rows", report.Rows);
        json.WriteNumber("usable", report.Rows - report.Broken);
        json.WriteNumber("broken", report.Broken);
        json.WriteNumber("images", report.Images);
        json.WriteNumber("repeated_ids", report.RepeatedIds.Count);
        json.WriteNumber("repeated_rows", report.RepeatedRows.Count);
        json.WriteStartObject("reasons");
        foreach (var (reason, rows) in report.Reasons) json.WriteNumber(reason, rows);
        json.WriteEndObject();
        json.WriteStartObject("tokens_up_to");
        foreach (var (upTo, rows) in report.Lengths.Steps) json.WriteNumber($"{upTo}", rows);
        json.WriteEndObject();
        json.WriteNumber("tokens", report.Lengths.Total);
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, DataError error)
    {
        json.WriteStartObject();
        json.WriteString("file", error.File);
        json.WriteNumber("row", error.Row);
        json.WriteString("id", error.Id);
        json.WriteString("reason", error.Reason);
        json.WriteEndObject();
        if (json.BytesPending > 1 << 16) json.Flush();
    }
}
