using System.Collections;

namespace LlavaMod.Data.Formats;

/// <summary>
/// The rows of a dataset that turned out to be unusable, each counted once however often it is asked for, and what that comes to by
/// <c>on_error</c> and <c>max_error_share</c>. Safe to use from several threads.
/// </summary>
/// <param name="rows">How many rows the dataset has.</param>
/// <param name="onError">What happens to a broken row.</param>
/// <param name="maxShare">Part of the rows that may be broken before that is an error, 0 to 1.</param>
public sealed class BrokenRows(int rows, OnError onError, double maxShare)
{
    /// <summary>The part of the rows that may be broken unless told otherwise: one in a hundred.</summary>
    public const double DefaultShare = 0.01;

    /// <summary>How many are kept with their reasons.</summary>
    public const int Kept = 1000;

    private const int Shown = 5;

    private readonly Lock gate = new();
    private readonly List<DataError> first = [];
    private BitArray? met; // a bit for each row: all of five million fit into 625 KB

    /// <summary>How many rows may be broken.</summary>
    public int Allowed { get; } = onError == OnError.Skip ? (int)(rows * maxShare) : 0;

    /// <summary>How many have been counted.</summary>
    public int Count { get; private set; }

    /// <summary>The first <see cref="Kept"/> that were counted.</summary>
    public IReadOnlyList<DataError> First
    {
        get
        {
            lock (gate)
                return [.. first];
        }
    }

    /// <summary>Is told of each row when it is first counted.</summary>
    public Action<DataError>? Report { get; set; }

    /// <summary>Makes what to throw for a row; it is counted by <see cref="BrokenRowException.Count"/>.</summary>
    /// <param name="index">Its number in the dataset, from 0.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    public BrokenRowException Add(int index, DataError error) => onError == OnError.Fail
        ? throw new UserError(error.ToString())
        : new BrokenRowException(error, () => Book(index, error));

    /// <summary>The numbers of the rows that have been counted, rising.</summary>
    public int[] Met()
    {
        lock (gate)
            return met is null ? [] : [.. Enumerable.Range(0, rows).Where(index => met[index])];
    }

    /// <summary>Takes rows as counted, those of a run that goes on; they have been reported.</summary>
    public void Restore(IEnumerable<int> indices)
    {
        lock (gate)
        {
            foreach (int index in indices.Where(index => index >= 0 && index < rows))
                Mark(index);
        }
    }

    private void Book(int index, DataError error)
    {
        lock (gate)
        {
            if (met is not null && met[index])
                return;
            if (Count == Allowed)
                throw TooMany(error);
            Mark(index);
            if (first.Count < Kept)
                first.Add(error);
            Report?.Invoke(error);
        }
    }

    private void Mark(int index)
    {
        met ??= new BitArray(rows);
        if (met[index])
            return;
        met[index] = true;
        Count++;
    }

    private UserError TooMany(DataError last) => new(
        $"{last.File}: {Count + 1:N0} of {rows:N0} rows met so far are broken, and max_error_share {maxShare} allows {Allowed:N0}: "
        + $"{string.Join("; ", first.Append(last).Take(Shown).Select(error => $"row {error.Row}{(error.Id is { } id ? $" (id {id})" : "")}: {error.Reason}"))}"
        + $"{(Count >= Shown ? "; ..." : "")}");
}
