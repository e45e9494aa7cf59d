using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>
/// The sizes of a dataset's rows, four bytes each: words in the lower 22 bits, images above. Rows are read once, on all cores; nothing is tokenised and
/// no picture is opened. A broken row has size 0; it is counted when it is used.
/// </summary>
internal sealed class SampleSizes
{
    private const int WordBits = 22;
    private const int MostWords = (1 << WordBits) - 1;
    private const int MostImages = (1 << (31 - WordBits)) - 1;

    private readonly int[] sizes;

    /// <summary>Reads the first rows of a dataset.</summary>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    public SampleSizes(IDataset dataset, int rows)
    {
        sizes = new int[rows];
        try
        {
            Parallel.ForEach(Partitioner.Create(0, rows), range =>
            {
                for (int row = range.Item1; row < range.Item2; row++) sizes[row] = Pack(Measure(dataset, row));
            });
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>The size of a row.</summary>
    public SampleSize this[int row] => new(sizes[row] & MostWords, sizes[row] >> WordBits);

    private static SampleSize Measure(IDataset dataset, int row)
    {
        try
        {
            return dataset switch
            {
                IDataset<Sample> samples => Of(samples[row]),
                IDataset<PreferencePair> pairs => Of(pairs[row]),
                _ => throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs"),
            };
        }
        catch (BrokenRowException)
        {
            return default;
        }
    }

    private static SampleSize Of(Sample sample) => new(Words(sample.Turns), sample.Images.Count);

    private static SampleSize Of(PreferencePair pair) => new(Math.Max(Words(pair.Chosen), Words(pair.Rejected)), pair.Images.Count);

    private static int Words(IReadOnlyList<Turn> turns) => (int)Math.Min(MostWords, turns.Sum(turn => (long)TextLength.Words(turn.Text)));

    private static int Pack(SampleSize size) => Math.Min(size.Images, MostImages) << WordBits | size.Words;
}
