using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Cli.Answers;
using LlavaMod.Cli.Results;
using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Recipes;
using LlavaMod.Runs;

namespace LlavaMod.Cli.Chat;

/// <summary>
/// A chat: lines are messages, or commands where they begin with a slash. Ctrl-C stops the answer that is being made, and leaves where there is
/// none. What is wrong is said, and the chat goes on.
/// </summary>
internal sealed class ChatLoop
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<Talker> talkers;
    private readonly GenerationOptions options;
    private readonly Terminal terminal;
    private readonly ChatView view;
    private readonly IReadOnlyList<ChatCommand> commands;
    private readonly List<ChatPicture> waiting = []; // for the next message
    private readonly Lock gate = new();
    private CancellationTokenSource? answering;
    private bool left;

    public ChatLoop(IReadOnlyList<Talker> talkers, GenerationOptions options, Terminal terminal)
    {
        (this.talkers, this.options, this.terminal, view) = (talkers, options, terminal, ChatView.For(talkers.Count, terminal));
        commands =
        [
            new("/image", "PATH", "show a picture with the next message", Show),
            new("/system", "TEXT", "what the chat template says first; without TEXT its own again", SetSystem),
            new("/reset", "", "begin a new conversation", _ => Reset()),
            new("/stats", "", "tokens, speed, and how much of the context is used", _ => Statistics()),
            new("/save", "FILE", "write the conversation as LLaVA JSON", Save),
            new("/help", "", "this list", _ => Help()),
            new("/exit", "", "leave, as the end of input does", _ => left = true),
        ];
    }

    /// <summary>Goes on until the user leaves.</summary>
    /// <exception cref="OperationCanceledException">The user left by Ctrl-C.</exception>
    public void Run()
    {
        using var taken = terminal.Interrupt?.Take(StopAnswer);
        if (terminal.IsInteractive) view.Note($"{string.Join(" and ", talkers.Select(talker => talker.Name))}. /help lists commands, /exit leaves.");
        while (!left && ReadLine() is { } line)
        {
            try
            {
                if (line.StartsWith('/')) Obey(line);
                else if (!string.IsNullOrWhiteSpace(line)) Ask(line.Trim());
            }
            catch (UserError error)
            {
                view.Complain(error.Message);
            }
        }
    }

    /// <summary>Shows a picture with the next message.</summary>
    /// <exception cref="UserError">It cannot be read, or a model has no eyes for it.</exception>
    public void Show(string path)
    {
        if (path.Length == 0) throw new UserError("/image needs a path: /image PATH");
        if (talkers.FirstOrDefault(talker => !talker.Sees) is { } blind) throw new UserError($"{blind.Name} has no vision tower; ask it without pictures");
        waiting.Add(new ChatPicture(path, Asking.Picture(path)));
        if (terminal.IsInteractive) view.Note($"{path} goes with the next message");
    }

    /// <summary>Puts a text in front of the conversation; empty for the chat template's own.</summary>
    /// <exception cref="UserError">A template has no place for one.</exception>
    public void SetSystem(string text)
    {
        foreach (var talker in talkers) talker.SetSystem(text.Length == 0 ? null : text);
    }

    // A console cannot be told to stop reading: the reader is left behind.
    private string? ReadLine()
    {
        view.Invite();
        string? line = null;
        try
        {
            return line = Task.Run(terminal.Input.ReadLine).WaitAsync(terminal.Stop).GetAwaiter().GetResult();
        }
        finally
        {
            if (line is null && terminal.IsInteractive) terminal.Text.WriteLine(); // what comes next is no message
        }
    }

    private void Obey(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        var command = commands.FirstOrDefault(command => command.Name == words[0])
            ?? throw new UserError($"unknown command '{words[0]}'; {Nearest.Hint(words[0], commands.Select(command => command.Name))} (a message that begins with a slash needs a space before it)");
        command.Run(words.Length > 1 ? words[1] : "");
    }

    private void Ask(string text)
    {
        var question = Conversation.Question(text, waiting.Count);
        var answers = new List<ShownAnswer>();
        try
        {
            foreach (var talker in talkers) answers.Add(new ShownAnswer(talker, talker.Ask(question, waiting, options)));
            bool stopped = !Make(answers);
            var kept = answers.Where(answer => answer.Answer.IsDone || answer.Answer.Text.Length > 0).ToList();
            foreach (var (talker, answer) in kept) talker.Keep(question, waiting, answer);
            if (kept.Count > 0) waiting.Clear();
            foreach (var answer in answers) Remark(answer, isKept: kept.Contains(answer), stopped);
        }
        finally
        {
            foreach (var (_, answer) in answers) answer.Dispose();
        }
        terminal.Stop.ThrowIfCancellationRequested();
    }

    // False where the user stopped it.
    private bool Make(IReadOnlyList<ShownAnswer> answers)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(terminal.Stop);
        lock (gate) answering = stop;
        try
        {
            view.Show(answers, stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            lock (gate) answering = null;
        }
    }

    private bool StopAnswer()
    {
        lock (gate)
        {
            if (answering is null or { IsCancellationRequested: true }) return false;
            answering.Cancel();
            return true;
        }
    }

    private void Remark(ShownAnswer shown, bool isKept, bool stopped)
    {
        var (talker, answer) = shown;
        string who = talkers.Count > 1 ? $"{talker.Name}: " : "";
        if (!isKept) view.Complain($"{who}stopped before anything came; it has forgotten the question");
        else if (stopped && !answer.IsDone) view.Complain($"{who}stopped; what came of the answer stays in the conversation");
        else if (answer.Statistics is { Finish: FinishReason.Length, Context: var context })
            view.Complain(context >= talker.Longest
                ? $"{who}the context is full, {context} of {talker.Longest} tokens: /reset begins a new conversation"
                : $"{who}cut off after {answer.Statistics.Tokens} tokens; --max-new-tokens allows more");
    }

    private void Reset()
    {
        foreach (var talker in talkers) talker.Reset();
        waiting.Clear();
    }

    private void Statistics()
    {
        var table = new FigureTable("model", "answers", "tokens", "tokens/s", "prefill s", "context");
        foreach (var talker in talkers)
        {
            var last = talker.Last;
            table.Add(
                OneLine.Of(talker.Name, int.MaxValue), $"{talker.Answers}", last is null ? "-" : $"{last.Tokens}", last?.Speed ?? "-", last?.PrefillSeconds ?? "-",
                $"{last?.Context ?? 0} of {talker.Longest.ToString(CultureInfo.InvariantCulture)}");
        }
        table.Write(terminal.Output);
    }

    private void Save(string path)
    {
        if (path.Length == 0) throw new UserError("/save needs a file: /save FILE");
        if (talkers.All(talker => talker.Answers == 0)) throw new UserError("there is nothing to save yet");
        if (Path.Exists(path)) throw new UserError($"{path} exists already; give another file");
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            AtomicFile.Write(path, new JsonArray([.. talkers.Select(talker => talker.ToLlavaRow(folder))]).ToJsonString(Indented) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserError($"{path} cannot be written: {exception.Message}", exception);
        }
        if (terminal.IsInteractive) view.Note($"written to {path}");
    }

    private void Help()
    {
        int width = commands.Max(command => command.Name.Length + 1 + command.Argument.Length);
        foreach (var command in commands) terminal.Output.Profile.Out.Writer.WriteLine($"  {$"{command.Name} {command.Argument}".PadRight(width)}  {command.Summary}");
    }
}
