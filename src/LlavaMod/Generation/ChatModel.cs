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
    private const int MostNewTokens = 256;

    private readonly VisionFeatures vision = new(budgetBytes: 0); // pictures seldom come twice

    private ChatModel(Llava model, SampleEncoding encoding) => (Model, Encoding) = (model, encoding);

    /// <summary>The model.</summary>
    public Llava Model { get; }

    /// <summary>How text and pictures reach it.</summary>
    public SampleEncoding Encoding { get; }

    /// <summary>Loads a folder with config.json, model.safetensors, a tokenizer and, where the model sees, preprocessor_config.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Type to load matrices in: Float32 or BFloat16.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <param name="report">
    /// Is told what is assumed where a folder that others made does not say it; null writes that to the error stream.
    /// </param>
    /// <exception cref="UserError">A file is missing or damaged, or the files do not belong together.</exception>
    public static ChatModel Load(string folder, DType dtype = DType.Float32, Device? device = null, Action<string>? report = null)
    {
        var encoding = EncodingFiles.Load(folder, report ?? Console.Error.WriteLine);
        var model = ModelFolder.Load(folder, dtype, device);
        try
        {
            Check(folder, model.Config, encoding);
            return new ChatModel(model, encoding);
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
    public string Answer(string question, params IReadOnlyList<RgbImage> pictures)
    {
        const string Image = ChatTemplate.ImagePlaceholder;
        string asked = question.Contains(Image, StringComparison.Ordinal)
            ? question
            : string.Concat(Enumerable.Repeat($"{Image}\n", pictures.Count)) + question;
        return Answer([new Turn(Role.Human, asked)], pictures);
    }

    /// <summary>The most likely next turn of a conversation, token by token.</summary>
    /// <param name="turns">The conversation so far, the user's turn last, with an <c>&lt;image&gt;</c> for every picture.</param>
    /// <param name="pictures">The pictures, in order.</param>
    /// <param name="maxNewTokens">Most tokens of the answer; fewer where the model's longest sequence leaves no room for them.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="UserError">
    /// The turns do not fit the chat template, the pictures do not fit the turns or the model, or all of it is too long for the model.
    /// </exception>
    public string Answer(
        IReadOnlyList<Turn> turns, IReadOnlyList<RgbImage> pictures, int maxNewTokens = MostNewTokens, CancellationToken cancellation = default)
    {
        int[] ids = Encoding.Template.EncodePrompt(turns, Encoding.Tokenizer);
        var prompt = new Prompt(new EncodedSample("the question", ids, ids), Prepare(pictures));
        if (prompt.Sequence.Images != pictures.Count)
            throw new UserError($"there are {pictures.Count} pictures, and the conversation says {ChatTemplate.ImagePlaceholder} {prompt.Sequence.Images} times; it must say it once for each");
        var generator = new Generator(Model, vision, Encoding.Tokenizer, Encoding.EndsOfAnswer);
        var request = new GenerationRequest(prompt, new GenerationOptions { MaxNewTokens = maxNewTokens });
        return generator.Generate([request], cancellation: cancellation)[0].Text;
    }

    private PreparedImage[] Prepare(IReadOnlyList<RgbImage> pictures)
    {
        if (pictures.Count == 0) return [];
        var preprocessor = Model.Tower is null ? null : Encoding.Preprocessor;
        return preprocessor is null
            ? throw new UserError("this model has no vision tower; ask it without pictures")
            : [.. pictures.Select((picture, index) => new PreparedImage($"{index}", preprocessor.Apply(picture)))];
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
