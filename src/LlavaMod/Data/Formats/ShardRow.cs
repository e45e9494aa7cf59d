namespace LlavaMod.Data.Formats;

/// <summary>Where one sample of a WebDataset lies: files that follow each other in a shard. 16 bytes, because there may be millions.</summary>
/// <param name="Header">Where the headers of its first file begin, in bytes from the start of the shard.</param>
/// <param name="Shard">The shard, counted from 0.</param>
/// <param name="Files">How many files belong to it.</param>
internal readonly record struct ShardRow(long Header, int Shard, int Files);
