using System.CommandLine;
using LlavaMod.Cli.Answers;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod generate MODEL</c>: answers for scripts. Standard output holds answers and nothing else.</summary>
internal static class GenerateVerb
{
    private const int BatchSize = 16;
    private const int MostCharacters = 1 << 20;

    private sealed record Request(
        string Model, string[] Image, string? Prompt, string? Prompts, string? Images, bool Json, int? LogProbabilities, string? System, GenerationOptions Options);

    public static Command Create(Terminal terminal)
    {
        var model = ModelArgument.Create();
        var image = new Option<string[]>("--image") { HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "A picture that the prompt is about; may be given more than once" };
        var prompt = new Option<string?>("--prompt") { HelpName = "TEXT", Description = "What to ask; - reads it from standard input. Pictures come first, or where it says <image>" };
        var prompts = new Option<string?>("--prompts") { HelpName = "FILE", Description = "Instead: many prompts, JSON Lines of {id, image, prompt}; the answers are JSON Lines in the same order" };
        var images = new Option<string?>("--images") { HelpName = "PATH", Description = "The folder, .zip or .tar of the pictures that FILE names [default: the folder that FILE is in]" };
        var json = new Option<bool>("--json") { Description = "One JSON object: text, finish_reason, usage, timing, options" };
        var logprobs = new Option<int?>("--logprobs") { HelpName = "N", Description = "Log-probabilities of the tokens and of the N likeliest ones, in the JSON" };
        var decoding = new DecodingOptions();
        var command = new Command("generate", "Answer a prompt, or a file of prompts, for scripts") { model, image, prompt, prompts, images, json, logprobs };
        decoding.AddTo(command);
        command.SetAction(parse => Run(
            new Request(
                parse.GetValue(model)!, parse.GetValue(image) ?? [], parse.GetValue(prompt), parse.GetValue(prompts), parse.GetValue(images), parse.GetValue(json),
                parse.GetValue(logprobs), decoding.System(parse), decoding.Read(parse, parse.GetValue(logprobs))),
            terminal));
        return command;
    }

    private static void Run(Request request, Terminal terminal)
    {
        Check(request);
        using var scope = new TensorScope();
        if (request.Prompts is { } file) AnswerAll(file, request, terminal);
        else AnswerOne(request, terminal);
    }

    private static void Check(Request request)
    {
        if (request.Prompt is null == request.Prompts is null) throw new UserError("give --prompt TEXT or --prompts FILE");
        if (request.Prompts is null && request.Images is not null) throw new UserError("--images belongs to --prompts FILE; --image is a picture of --prompt TEXT");
        if (request.Prompts is not null && request.Image.Length > 0) throw new UserError("--image belongs to --prompt TEXT; the rows of --prompts FILE name their pictures");
        if (request is { LogProbabilities: not null, Json: false, Prompts: null }) throw new UserError("--logprobs needs --json, which has a place for them");
    }

    private static void AnswerOne(Request request, Terminal terminal)
    {
        string prompt = request.Prompt == "-" ? ReadInput(terminal.Input) : request.Prompt!;
        if (string.IsNullOrWhiteSpace(prompt)) throw new UserError("the prompt is empty");
        var pictures = request.Image.Select(Asking.Picture).ToList();
        using var chat = Asking.Load(request.Model, "ask", terminal);
        using var answer = new LiveAnswer(chat.Start([Asking.Once("the prompt", prompt, pictures, request.System)], request.Options));
        try
        {
            while (!answer.IsDone)
            {
                string piece = answer.Step(terminal.Stop);
                if (!request.Json) Write(terminal, piece);
            }
        }
        catch (OperationCanceledException)
        {
            End();
            throw;
        }
        End();

        void End()
        {
            terminal.Text.WriteLine(request.Json ? AnswerJson.Of(answer, request.Options, chat.Encoding.Tokenizer) : "");
            terminal.Text.Flush();
        }
    }

    private static void AnswerAll(string file, Request request, Terminal terminal)
    {
        using var images = ImageSource.Open(request.Images ?? Path.GetDirectoryName(Path.GetFullPath(file))!);
        var prompts = PromptRow.Read(file, images);
        using var chat = Asking.Load(request.Model, "ask", terminal);
        foreach (var batch in prompts.Chunk(BatchSize))
        {
            using var session = chat.Start([.. batch.Select(row => row.Conversation(images, request.System))], request.Options);
            AnswerBatch(batch, session, chat, terminal);
        }
    }

    // Each answer is written as soon as it and those before it have ended; stopped, all that have ended are.
    private static void AnswerBatch(PromptRow[] batch, GenerationSession session, ChatModel chat, Terminal terminal)
    {
        var ended = new bool[batch.Length];
        int written = 0;
        try
        {
            while (!session.IsDone)
            {
                foreach (var token in session.Step(terminal.Stop)) ended[token.Request] |= token.Finish is not null;
                while (written < batch.Length && ended[written]) WriteRow(written++);
            }
        }
        finally
        {
            for (; written < batch.Length; written++)
            {
                if (ended[written]) WriteRow(written);
            }
            terminal.Text.Flush();
        }

        void WriteRow(int row) => terminal.Text.WriteLine(AnswerJson.Of(batch[row].Id, session.Answer(row), chat.Encoding.Tokenizer));
    }

    private static void Write(Terminal terminal, string piece)
    {
        if (piece.Length == 0) return;
        terminal.Text.Write(terminal.IsLive ? TerminalText.Of(piece) : piece);
        terminal.Text.Flush();
    }

    private static string ReadInput(TextReader input)
    {
        var text = new char[MostCharacters + 1];
        int length = input.ReadBlock(text, 0, text.Length);
        return length <= MostCharacters ? new string(text, 0, length).TrimEnd('\r', '\n') : throw new UserError($"standard input has more than {MostCharacters:N0} characters; no model reads that much");
    }
}
