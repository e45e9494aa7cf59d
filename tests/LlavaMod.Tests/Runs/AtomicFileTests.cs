using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

public class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_file_is_written_and_replaced()
    {
        AtomicFile.Write(folder["a.txt"], "one, é");
        AtomicFile.Write(folder["a.txt"], "two");
        File.ReadAllText(folder["a.txt"]).ShouldBe("two");
        Directory.GetFiles(folder.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_failure_while_writing_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.Write(folder["a.txt"], "old");
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("The writer fails.");
        }));
        File.ReadAllText(folder["a.txt"]).ShouldBe("old");
        Directory.GetFiles(folder.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public void Until_it_is_whole_a_file_is_not_there() => AtomicFile.Write(folder["a.txt"], stream =>
    {
        stream.Write("half"u8);
        stream.Flush();
        File.Exists(folder["a.txt"]).ShouldBeFalse();
    });

    [Fact]
    public void A_folder_that_is_not_there_is_an_error()
    {
        Should.Throw<IOException>(() => AtomicFile.Write(folder["none/a.txt"], "x"));
        Should.Throw<IOException>(() => AtomicFile.SyncFolder(folder["none"])).Message.ShouldContain("none");
    }
}
