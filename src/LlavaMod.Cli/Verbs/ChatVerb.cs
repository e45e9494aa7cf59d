using System.CommandLine;
using LlavaMod.Cli.Answers;
using LlavaMod.Cli.Chat;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod chat MODEL</c>: a conversation with a model, or with two side by side.</summary>
internal static class ChatVerb
{
    public static Command Create(Terminal terminal)
    {
        var model = ModelArgument.Create();
        var image = new Option<string[]>("--image") { HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "A picture to show with the first message; may be given more than once" };
        var compare = new Option<string?>("--compare") { HelpName = "OTHER", Description = "A second model, asked the same; answers stand side by side, or below each other where there is no room" };
        var decoding = new DecodingOptions();
        var command = new Command("chat", "Talk with a model about pictures") { model, image, compare };
        decoding.AddTo(command);
        command.SetAction(parse =>
        {
            var options = decoding.Read(parse);
            var talkers = new List<Talker>();
            using var scope = new TensorScope();
            try
            {
                Invite(talkers, [parse.GetValue(model)!, .. parse.GetValue(compare) is { } other ? [other] : Array.Empty<string>()], terminal);
                var loop = new ChatLoop(talkers, options, terminal);
                if (decoding.System(parse) is { } system) loop.SetSystem(system);
                foreach (string path in parse.GetValue(image) ?? []) loop.Show(path);
                loop.Run();
            }
            finally
            {
                foreach (var talker in talkers) talker.Dispose();
            }
        });
        return command;
    }

    private static void Invite(List<Talker> talkers, string[] folders, Terminal terminal)
    {
        foreach (string folder in folders)
        {
            var model = Asking.Load(folder, "talk with", terminal);
            bool isNamesake = talkers.Exists(talker => talker.Name == model.Name);
            talkers.Add(new Talker(isNamesake ? folder : model.Name, model));
        }
    }
}
