namespace LlavaMod.Training;

/// <summary>About how long a sample is, without encoding it.</summary>
/// <param name="Words">Words and signs of its text; of a preference pair, of its longer answer.</param>
/// <param name="Images">Its images.</param>
public readonly record struct SampleSize(int Words, int Images);
