using System.Diagnostics;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Models;
using LlavaMod.Stages;
using LlavaMod.Tokenization;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>
/// A model from disk that answers questions about pictures: its weights, and the tokenizer, chat template and image preprocessing that lie
/// beside them. A folder of a run (<c>runs/NAME/models/STAGE</c>) holds all of it.
/// </summary>
public sealed class ChatModel : IDisposable
{
    private readonly VisionFeatures vision = new(budgetBytes: 0); // pictures seldom come twice

    private readonly IReadOnlyCollection<int> ends;

    private ChatModel(string name, Llava model, SampleEncoding encoding, GenerationConfigFile generation)
    {
        (Name, Model, Encoding, Defaults) = (name, model, encoding, generation.Options);
        ends = [.. encoding.EndsOfAnswer, .. generation.Ends];
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <summary>The model.</summary>
    public Llava Model { get; }

    /// <summary>How text and pictures reach it.</summary>
    public SampleEncoding Encoding { get; }

    /// <summary>How its authors sample from it, as the folder's generation_config.json says; greedy where there is none.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>Loads a folder with config.json, model.safetensors, a tokenizer and, where the model sees, preprocessor_config.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Type to load matrices in: Float32 or BFloat16.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <param name="report">
    /// Is told what is assumed where a folder that others made does not say it, and what of it is not followed; null writes that to the error stream.
    /// </param>
    /// <exception cref="UserError">A file is missing or damaged, or the files do not belong together.</exception>
    public static ChatModel Load(string folder, DType dtype = DType.Float32, Device? device = null, Action<string>? report = null)
    {
        report ??= Console.Error.WriteLine;
        var encoding = EncodingFiles.Load(folder, report);
        var generation = GenerationConfigFile.Load(folder, report);
        var model = ModelFolder.Load(folder, dtype, device);
        try
        {
            Check(folder, model.Config, encoding);
            return new ChatModel(ModelFolder.NameOf(folder), model, encoding, generation);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The most likely answer, token by token, to one question.</summary>
    /// <param name="question">The question. Where it does not say <c>&lt;image&gt;</c> itself, the pictures come before it.</param>
    /// <param name="pictures">What it is about; none for a question of text alone.</param>
    /// <exception cref="UserError">The pictures do not fit the question or the model, or all of it is too long for the model.</exception>
    public string Answer(string question, params IReadOnlyList<RgbImage> pictures) =>
        Answer(new Conversation([Conversation.Question(question, pictures.Count)], pictures)).Text;

    /// <summary>The next turn of a conversation. Calls on several threads do not disturb each other.</summary>
    /// <param name="conversation">The conversation so far.</param>
    /// <param name="options">How it is answered; null for the most likely answer. <see cref="Defaults"/> are not looked at.</param>
    /// <param name="onText">
    /// Is given the text as it grows, in whole characters and never empty, on the calling thread; all pieces together are the answer's text.
    /// </param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="UserError">
    /// The turns do not fit the chat template, the pictures do not fit the turns or the model, an option is out of its range, or all of it is too
    /// long for the model.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled; all memory of the answer is released.</exception>
    public ChatAnswer Answer(
        Conversation conversation, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        using var session = Start([conversation], options);
        var prefill = TimeSpan.Zero;
        int steps = 0;
        while (!session.IsDone)
        {
            var token = session.Step(cancellation)[0];
            if (steps++ == 0) prefill = clock.Elapsed;
            if (token.Text.Length > 0) onText?.Invoke(token.Text);
        }
        return new ChatAnswer(session.Answer(0), steps, prefill, clock.Elapsed - prefill);
    }

    /// <summary>Begins to answer conversations, all in one batch, token by token.</summary>
    /// <param name="conversations">At least one.</param>
    /// <param name="options">How they are answered; null for the most likely answers. <see cref="Defaults"/> are not looked at.</param>
    /// <exception cref="UserError">
    /// Turns do not fit the chat template, pictures do not fit turns or model, an option is out of its range, or a conversation is too long for the
    /// model.
    /// </exception>
    public GenerationSession Start(IReadOnlyList<Conversation> conversations, GenerationOptions? options = null)
    {
        options ??= new GenerationOptions();
        return new Generator(Model, vision, Encoding.Tokenizer, ends).Start(
            [.. conversations.Select((conversation, index) => new GenerationRequest(Prompt(conversation, index), options))]);
    }

    /// <summary>Tokens of a conversation, every picture counted as the tokens that it takes; the model must have room for one more.</summary>
    /// <exception cref="UserError">The turns do not fit the chat template.</exception>
    public int LengthOf(Conversation conversation) => Splicer.LengthOf(Encode(conversation), Model.TokensPerImage);

    private Prompt Prompt(Conversation conversation, int index)
    {
        var prompt = new Prompt(Encode(conversation), Prepare(conversation.Pictures, index));
        int pictures = conversation.Pictures.Count;
        return prompt.Sequence.Images == pictures
            ? prompt
            : throw new UserError($"{conversation.Name} has {pictures} pictures and says {ChatTemplate.ImagePlaceholder} {prompt.Sequence.Images} times; it must say it once for each");
    }

    private EncodedSample Encode(Conversation conversation)
    {
        var template = conversation.System is null ? Encoding.Template : Encoding.Template.WithSystem(conversation.System)
            ?? throw new UserError($"the chat template '{Encoding.TemplateSpec.Name}' has no place for a system message; leave it out");
        int[] ids = template.EncodePrompt(conversation.Turns, Encoding.Tokenizer);
        return new EncodedSample(conversation.Name, ids, ids);
    }

    // Equal keys in one batch would be one picture.
    private PreparedImage[] Prepare(IReadOnlyList<RgbImage> pictures, int conversation)
    {
        if (pictures.Count == 0) return [];
        var preprocessor = Model.Tower is null ? null : Encoding.Preprocessor;
        return preprocessor is null
            ? throw new UserError("this model has no vision tower; ask it without pictures")
            : [.. pictures.Select((picture, index) => new PreparedImage($"{conversation}/{index}", preprocessor.Apply(picture)))];
    }

    private static void Check(string folder, LlavaConfig config, SampleEncoding encoding)
    {
        if (encoding.Tokenizer.VocabSize > config.Language.VocabSize)
            throw new UserError($"{folder}: the tokenizer has {encoding.Tokenizer.VocabSize} tokens and the model {config.Language.VocabSize}; they do not belong together");
        if (config.Vision is not { } tower) return;
        if (encoding.Preprocessor is not { } pictures)
            throw new UserError($"{folder}: the model has a vision tower, and there is no {ImagePreprocessor.FileName} that says how pictures reach it");
        if (pictures.Size != tower.ImageSize)
            throw new UserError($"{folder}: {ImagePreprocessor.FileName} makes pictures of {pictures.Size} pixels, and the vision tower looks at {tower.ImageSize}");
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        vision.Dispose();
        Model.Dispose();
    }
}
