using LlavaMod.Data;
using LlavaMod.Objectives;
using LlavaMod.Tests.Models;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

/// <summary>Positions that several losses look at are found once and computed once.</summary>
public sealed class SupervisedRowsTests
{
    private static readonly SplicedBatch Batch = Splicer.Splice([.. Enumerable.Range(0, 4).Select(TinySamples.Supervised).Select(sample => sample.Chosen)], new SpliceOptions { TokensPerImage = TinyModels.Patches });

    private static readonly Selection[] Selections =
    [
        new(TokenScope.Response, true), new(TokenScope.Response, false), new(TokenScope.All, true), new(TokenScope.Visual, true), new(TokenScope.All, false, true),
    ];

    [Fact]
    public void Every_position_stands_once()
    {
        var rows = new SupervisedRows(Batch, Selections);
        rows.Indices.ShouldBeUnique();
        rows.Indices.ShouldBe(Selections.SelectMany(selection => selection.In(Batch).Indices).Distinct(), ignoreOrder: true);
    }

    [Fact]
    public void Groups_hold_the_positions_of_each_selection_and_no_others()
    {
        var rows = new SupervisedRows(Batch, Selections);
        var groups = rows.Groups(Selections);
        groups.Select(group => group.Start).ShouldBe(groups.Select((_, i) => groups.Take(i).Sum(group => group.Count)));
        groups.Sum(group => group.Count).ShouldBe(rows.Indices.Length);
        for (int i = 0; i < Selections.Length; i++)
        {
            var places = groups.Where(group => group.Terms.Contains(i)).SelectMany(group => rows.Indices[(int)group.Start..(int)(group.Start + group.Count)]);
            places.ShouldBe(Selections[i].In(Batch).Indices, ignoreOrder: true);
            rows.Count(Selections[i]).ShouldBe(Selections[i].In(Batch).Count);
        }
    }

    [Fact]
    public void A_target_is_known_wherever_a_selection_has_one()
    {
        var rows = new SupervisedRows(Batch, Selections);
        var found = Selections[0].In(Batch);
        var numbers = rows.Of(Selections[0])!;
        numbers.Select(number => (rows.Indices[number], rows.Targets[number])).ShouldBe(found.Indices.Zip(found.Targets), ignoreOrder: true);
        rows.Targets.Count(target => target != TokenPositions.NoTarget).ShouldBe(found.Count);
    }

    [Fact]
    public void One_selection_keeps_its_order()
    {
        var rows = new SupervisedRows(Batch, [Selections[0]]);
        rows.Indices.ShouldBe(Selections[0].In(Batch).Indices);
        rows.Targets.ShouldBe(Selections[0].In(Batch).Targets);
        rows.Of(Selections[0]).ShouldBeNull();
    }
}
