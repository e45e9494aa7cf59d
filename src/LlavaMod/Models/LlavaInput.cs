using LlavaMod.Data;
using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>A spliced batch on the device. B rows of T positions, image tokens counted over the whole batch.</summary>
/// <param name="Ids">Int64 [B, T], 0 at images and padding.</param>
/// <param name="Mask">Real positions, Bool [B, T]; null when all are.</param>
/// <param name="Positions">Int64 [B, T], or null for 0 .. T-1.</param>
/// <param name="ImagePositions">Int64 [image tokens]: where they go in [B * T]; null without images.</param>
/// <param name="ImageRows">Int64 [image tokens]: which of the connector's tokens they are; null for all in order.</param>
/// <param name="Spans">The tokens that each token sees; null where rows are whole: itself and all before it.</param>
public sealed record LlavaInput(
    Tensor Ids, Tensor? Mask, Tensor? Positions, Tensor? ImagePositions, Tensor? ImageRows, KeySpans? Spans = null)
{
    /// <summary>Copies a batch to the device; the tensors belong to the current scope.</summary>
    public static LlavaInput From(SplicedBatch batch, Device device)
    {
        long rows = batch.Rows, length = batch.Length;
        Tensor? mask = null;
        if (batch.HasPadding)
        {
            mask = Tensor.From(Array.ConvertAll(batch.Kinds, kind => kind != TokenKind.Padding), rows, length).To(device);
        }
        return new LlavaInput(
            Tensor.From(batch.Ids, rows, length).To(device),
            mask,
            batch.Positions is null ? null : Tensor.From(batch.Positions, rows, length).To(device),
            batch.ImagePositions.Length == 0 ? null : Tensor.From(batch.ImagePositions, batch.ImagePositions.Length).To(device),
            batch.ImageRows is null ? null : Tensor.From(batch.ImageRows, batch.ImageRows.Length).To(device),
            SpansOf(batch));
    }

    private static KeySpans? SpansOf(SplicedBatch batch) => batch switch
    {
        { Samples: { } samples } => KeySpans.Of(samples, batch.Length, batch.Endings),
        { HasPadding: true } => KeySpans.Of(Array.ConvertAll(batch.Kinds, kind => kind == TokenKind.Padding ? -1 : 0), batch.Length),
        _ => null,
    };
}
