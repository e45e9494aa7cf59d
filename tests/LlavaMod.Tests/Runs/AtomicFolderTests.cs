using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_replaces_the_one_before_it_whole()
    {
        AtomicFolder.Write(folder["model"], work => File.WriteAllText(Path.Combine(work, "old"), "1"));
        AtomicFolder.Write(folder["model"], work => File.WriteAllText(Path.Combine(work, "new"), "2"));
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder["model"]]);
        Directory.GetFileSystemEntries(folder["model"]).ShouldBe([folder["model/new"]]);
    }

    [Fact]
    public void When_filling_fails_the_old_folder_stays_and_nothing_else()
    {
        AtomicFolder.Write(folder["model"], work => File.WriteAllText(Path.Combine(work, "old"), "1"));
        Should.Throw<IOException>(() => AtomicFolder.Write(folder["model"], work =>
        {
            File.WriteAllText(Path.Combine(work, "half"), "2");
            throw new IOException("No space left on device");
        }));
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder["model"]]);
        File.Exists(folder["model/old"]).ShouldBeTrue();
    }

    [Fact]
    public void What_a_killed_process_left_is_swept_away()
    {
        folder.Write("model.unfinished/half", "2");
        AtomicFolder.IsUnfinished(folder["model.unfinished"]).ShouldBeTrue();
        AtomicFolder.Write(folder["model"], work => File.WriteAllText(Path.Combine(work, "whole"), "1"));
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder["model"]]);
        Directory.GetFileSystemEntries(folder["model"]).ShouldBe([folder["model/whole"]]);
    }
}
