namespace LlavaMod.Training;

/// <summary>Which sample stands where, a function of the position alone.</summary>
internal interface ISampleOrder
{
    /// <summary>The sample at a position, counted on through the passes over the data.</summary>
    (long Pass, int Index) At(long position);
}
