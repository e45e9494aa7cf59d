using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Formats;

public class BrokenRowsTests
{
    private static DataError Error(int row, string? id = null) => new("data.jsonl", row + 1, id, "no conversations");

    [Fact]
    public void A_row_is_counted_and_reported_once_however_often_it_is_met()
    {
        var reported = new List<DataError>();
        var broken = new BrokenRows(100, OnError.Skip, 0.02) { Report = reported.Add };
        for (var time = 0; time < 3; time++)
        {
            var row = broken.Add(7, Error(7));
            row.Error.ShouldBe(Error(7));
            row.Count();
        }
        broken.Count.ShouldBe(1);
        broken.First.ShouldBe([Error(7)]);
        reported.ShouldBe([Error(7)]);
    }

    [Fact]
    public void One_more_than_the_share_ends_the_run_with_counts_and_the_first_ids()
    {
        var broken = new BrokenRows(250, OnError.Skip, BrokenRows.DefaultShare);
        broken.Allowed.ShouldBe(2);
        broken.Add(3, Error(3, "a")).Count();
        broken.Add(200, Error(200)).Count();
        broken.Add(3, Error(3, "a")).Count();
        Should.Throw<UserError>(broken.Add(9, Error(9, "c")).Count).Message.ShouldBe(
            "data.jsonl: 3 of 250 rows met so far are broken, and max_error_share 0.01 allows 2: row 4 (id a): no conversations; "
            + "row 201: no conversations; row 10 (id c): no conversations");
    }

    [Fact]
    public void A_row_counts_when_it_is_used_and_not_when_it_is_read()
    {
        var broken = new BrokenRows(100, OnError.Skip, 0.01);
        var ahead = broken.Add(9, Error(9));
        broken.Add(7, Error(7)).Count();
        broken.Count.ShouldBe(1);
        Should.Throw<UserError>(ahead.Count).Message.ShouldContain("2 of 100 rows met so far are broken");
    }

    [Fact]
    public void A_run_that_goes_on_fails_where_it_would_have_failed()
    {
        var broken = new BrokenRows(100, OnError.Skip, 0.02);
        broken.Add(7, Error(7)).Count();
        broken.Add(9, Error(9)).Count();
        var again = new BrokenRows(100, OnError.Skip, 0.02);
        again.Restore(broken.Met());
        again.Add(9, Error(9)).Count();
        Should.Throw<UserError>(again.Add(11, Error(11)).Count).Message.ShouldContain("3 of 100 rows met so far are broken");
    }

    [Fact]
    public void On_error_fail_ends_the_run_at_the_first() =>
        Should.Throw<UserError>(() => new BrokenRows(250, OnError.Fail, 1).Add(3, Error(3, "a"))).Message.ShouldBe("data.jsonl: row 4 (id a): no conversations");
}
