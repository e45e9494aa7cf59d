using LlavaMod.Data;
using LlavaMod.Objectives;

namespace LlavaMod.Training;

/// <summary>
/// The positions of a micro-batch that some loss looks at, each once, found on the host before any model runs. Those that the same losses look at stand
/// together; within such a group they rise.
/// </summary>
internal sealed class SupervisedRows
{
    private readonly IReadOnlyList<Selection> selections;
    private readonly int[] counts;
    private readonly List<(uint Selections, long Start, long Count)> groups = [];

    /// <summary>Of at most 32 selections.</summary>
    public SupervisedRows(SplicedBatch batch, IReadOnlyList<Selection> selections)
    {
        this.selections = selections;
        counts = new int[selections.Count];
        var members = new uint[batch.Kinds.Length]; // the selections that hold a position, one bit each
        var targets = new long[members.Length];
        Array.Fill(targets, TokenPositions.NoTarget);
        for (int i = 0; i < selections.Count; i++)
        {
            var found = selections[i].In(batch);
            counts[i] = found.Count;
            for (int j = 0; j < found.Count; j++)
            {
                members[found.Indices[j]] |= 1u << i;
                if (found.Targets[j] != TokenPositions.NoTarget) targets[found.Indices[j]] = found.Targets[j];
            }
        }
        Indices = Order(members);
        Targets = Array.ConvertAll(Indices, index => targets[index]);
    }

    /// <summary>Where the rows stand in [B * T].</summary>
    public long[] Indices { get; }

    /// <summary>The next token of each row; -100 where no selection has one.</summary>
    public long[] Targets { get; }

    /// <summary>How many rows a selection has.</summary>
    public int Count(Selection selection) => counts[IndexOf(selection)];

    /// <summary>Every group with those of some losses, given by their selections, that look at it.</summary>
    public RowGroup[] Groups(IReadOnlyList<Selection> terms)
    {
        var bits = terms.Select(term => 1u << IndexOf(term)).ToArray();
        return [.. groups.Select(group => new RowGroup(
            group.Start, group.Count, [.. Enumerable.Range(0, bits.Length).Where(term => (group.Selections & bits[term]) != 0)]))];
    }

    /// <summary>The numbers of a selection's rows; null where they are all of them.</summary>
    public long[]? Of(Selection selection)
    {
        uint bit = 1u << IndexOf(selection);
        return groups.TrueForAll(group => (group.Selections & bit) != 0)
            ? null
            : [.. groups.Where(group => (group.Selections & bit) != 0).SelectMany(group => Enumerable.Range((int)group.Start, (int)group.Count)).Select(row => (long)row)];
    }

    private int IndexOf(Selection selection)
    {
        for (int i = 0; i < selections.Count; i++)
        {
            if (selections[i] == selection) return i;
        }
        throw new ArgumentException($"{selection} is not among the selections of these rows", nameof(selection));
    }

    private long[] Order(uint[] members)
    {
        var order = new List<long>();
        foreach (var group in Enumerable.Range(0, members.Length).Where(position => members[position] != 0).GroupBy(position => members[position]))
        {
            int start = order.Count;
            order.AddRange(group.Select(position => (long)position));
            groups.Add((group.Key, start, order.Count - start));
        }
        return [.. order];
    }
}
