using System.Buffers.Binary;
using System.Collections;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Checking;

/// <summary>
/// Looks at every row of a dataset, on all cores: whether it can be used, how long it is, and whether its id or the whole row has come up
/// before. Takes 20 bytes of memory a row.
/// </summary>
/// <param name="dataset">The dataset, opened by <see cref="CheckedSource"/>: broken rows do not end the reading.</param>
/// <param name="lengthOf">Tokens of a conversation.</param>
/// <param name="decode">Whether every picture is decoded.</param>
public sealed class DataCheck(IDataset dataset, Func<IReadOnlyList<Turn>, int> lengthOf, bool decode)
{
    private const int AtOnce = 4096;
    private const int MostKinds = 100; // of reasons: they quote the file, which may have as many as rows

    private readonly LengthHistogram lengths = new();
    private readonly Dictionary<string, int> reasons = new(StringComparer.Ordinal);
    private readonly RepeatFinder ids = new(dataset.Count);
    private readonly RepeatFinder rows = new(dataset.Count);
    private readonly BitArray usable = new(dataset.Count);
    private long images;

    private sealed record Row(DataError? Error, int Length, int Images, long Id, long Print);

    /// <summary>Checks everything.</summary>
    /// <param name="progress">Is told how many rows are done.</param>
    /// <param name="found">Is told of every broken row, in order.</param>
    /// <param name="stop">Ends the check.</param>
    /// <exception cref="UserError">The files change while they are read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public DataReport Run(Action<int> progress, Action<DataError> found, CancellationToken stop)
    {
        var batch = new Row[Math.Min(AtOnce, dataset.Count)];
        for (var start = 0; start < dataset.Count; start += AtOnce)
        {
            var count = Math.Min(AtOnce, dataset.Count - start);
            Look(start, count, batch, stop);
            for (var i = 0; i < count; i++)
                Book(start + i, batch[i], found);
            progress(start + count);
        }
        return new DataReport
        {
            Rows = dataset.Count,
            Usable = usable,
            Images = images,
            Reasons = [.. reasons.OrderByDescending(reason => reason.Value).ThenBy(reason => reason.Key, StringComparer.Ordinal)],
            Lengths = lengths,
            RepeatedIds = ids.Find(),
            RepeatedRows = rows.Find(),
        };
    }

    private void Look(int start, int count, Row[] batch, CancellationToken stop)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = stop }, i => batch[i] = Look(start + i));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private Row Look(int index)
    {
        try
        {
            var (id, names, conversations) = Read(index);
            if (decode)
                Decode(index, id, names);
            var print = dataset is IStoredRows stored ? stored.Fingerprint(index) : 0;
            return new Row(null, conversations.Max(lengthOf), names.Count, Hash(id), print);
        }
        catch (BrokenRowException e)
        {
            return new Row(e.Error, 0, 0, 0, 0);
        }
    }

    private (string Id, IReadOnlyList<string> Images, IReadOnlyList<Turn>[] Conversations) Read(int index)
    {
        switch (dataset)
        {
            case IDataset<Sample> samples:
                var sample = samples[index];
                return (sample.Id, sample.Images, [sample.Turns]);
            case IDataset<PreferencePair> pairs:
                var pair = pairs[index];
                return (pair.Id, pair.Images, [pair.Chosen, pair.Rejected]);
            default:
                throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs");
        }
    }

    private void Decode(int index, string id, IReadOnlyList<string> names)
    {
        try
        {
            foreach (var name in names)
                ImageDecoder.Decode(dataset.Images.Read(name), name);
        }
        catch (UserError e) when (e.InnerException is not (DllNotFoundException or EntryPointNotFoundException))
        {
            throw dataset.Reject(index, id, e.Message);
        }
    }

    private void Book(int index, Row row, Action<DataError> found)
    {
        if (row.Error is { } error)
        {
            var kind = DataReport.KindOf(error.Reason);
            if (reasons.Count >= MostKinds && !reasons.ContainsKey(kind))
                kind = "other reasons";
            reasons[kind] = reasons.GetValueOrDefault(kind) + 1;
            found(error);
            return;
        }
        usable[index] = true;
        images += row.Images;
        lengths.Add(row.Length);
        ids.Add(row.Id, index);
        if (dataset is IStoredRows)
            rows.Add(row.Print, index);
    }

    private static long Hash(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
