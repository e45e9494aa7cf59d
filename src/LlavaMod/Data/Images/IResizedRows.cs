namespace LlavaMod.Data.Images;

/// <summary>Where the rows of a resized picture go, one after another.</summary>
internal interface IResizedRows
{
    /// <summary>Takes a row of RGB bytes, which is overwritten afterwards.</summary>
    void Put(int y, ReadOnlySpan<byte> row);
}
