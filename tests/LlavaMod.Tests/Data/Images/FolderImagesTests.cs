using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class FolderImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FolderImages images;

    public FolderImagesTests()
    {
        folder.Write("images/cats/1.png", "cat");
        folder.Write("outside.png", "secret");
        images = new FolderImages(folder["images"]);
    }

    [Fact]
    public void Images_are_read_by_their_path_in_the_folder()
    {
        images.Contains("cats/1.png").ShouldBeTrue();
        images.Read("cats/1.png").ShouldBe("cat"u8.ToArray());
    }

    [Fact]
    public void A_missing_image_is_named()
    {
        images.Contains("cats/2.png").ShouldBeFalse();
        images.Contains("cats").ShouldBeFalse();
        Should.Throw<UserError>(() => images.Read("cats/2.png")).Message.ShouldEndWith("cats/2.png does not exist.");
    }

    [Theory]
    [InlineData("../outside.png")]
    [InlineData("cats/../../outside.png")]
    [InlineData("cats/../cats/1.png")]
    [InlineData("./cats/1.png")]
    [InlineData("cats//1.png")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\outside.png")]
    [InlineData("cats/1.png\0")]
    [InlineData("")]
    public void A_name_cannot_leave_the_folder(string name)
    {
        images.Contains(name).ShouldBeFalse();
        Should.Throw<UserError>(() => images.Read(name)).Message.ShouldContain("inside the image folder");
    }

    [Fact]
    public void A_link_cannot_leave_the_folder()
    {
        File.CreateSymbolicLink(folder["images/link.png"], folder["outside.png"]);
        Directory.CreateSymbolicLink(folder["images/up"], folder.Path);
        images.Contains("link.png").ShouldBeFalse();
        Should.Throw<UserError>(() => images.Read("link.png")).Message.ShouldContain("leaves the image folder");
        Should.Throw<UserError>(() => images.Read("up/outside.png")).Message.ShouldContain("leaves the image folder");
    }

    [Fact]
    public void Links_inside_the_folder_and_to_the_folder_are_followed()
    {
        Directory.CreateSymbolicLink(folder["images/dogs"], folder["images/cats"]);
        Directory.CreateSymbolicLink(folder["linked"], folder["images"]);
        new FolderImages(folder["linked"]).Read("dogs/1.png").ShouldBe("cat"u8.ToArray());
    }

    [Fact]
    public void A_link_in_a_circle_is_an_error()
    {
        File.CreateSymbolicLink(folder["images/a.png"], folder["images/b.png"]);
        File.CreateSymbolicLink(folder["images/b.png"], folder["images/a.png"]);
        Should.Throw<UserError>(() => images.Read("a.png"));
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_before_it_is_read()
        => Should.Throw<UserError>(() => new FolderImages(folder["images"], maxBytes: 2).Read("cats/1.png")).Message.ShouldContain("at most 2 are read");

    [Fact]
    public void Sources_are_told_apart_by_what_is_there()
    {
        ImageSource.Open(folder["images"]).ShouldBeOfType<FolderImages>();
        Should.Throw<UserError>(() => ImageSource.Open(folder["none"])).Message.ShouldContain("no image folder, .zip or .tar at");
        Should.Throw<UserError>(() => ImageSource.Open(folder["outside.png"])).Message.ShouldContain("cannot be opened");
    }

    public void Dispose() => folder.Dispose();
}
