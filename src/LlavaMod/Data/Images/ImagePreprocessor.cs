using System.Buffers;

namespace LlavaMod.Data.Images;

/// <summary>
/// Makes of a picture what a vision tower sees, with the steps of Hugging Face's CLIPImageProcessor and SiglipImageProcessor: resize the shorter
/// side, or both, crop the centre, scale to 0..1, normalise by channel; before that, where asked, LLaVA's padding to a square.
/// </summary>
public sealed record ImagePreprocessor
{
    /// <summary>The configuration's file name in a model's folder.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>Side of the square that comes out, in pixels; at least 1.</summary>
    public required int Size { get; init; }

    /// <summary>What the shorter side is resized to before the centre is cropped; at least <see cref="Size"/>; null for <see cref="Size"/>.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Whether both sides are resized to <see cref="ShortestEdge"/>, changing the picture's proportions (SigLIP).</summary>
    public bool Stretch { get; init; }

    /// <summary>The filter of the resize.</summary>
    public ResampleKernel Kernel { get; init; } = ResampleKernel.Bicubic;

    /// <summary>Whether the picture is first padded to a square with the mean colour (LLaVA-1.5), so that no crop loses anything.</summary>
    public bool PadToSquare { get; init; }

    /// <summary>What a byte is multiplied with.</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary>Subtracted from each channel after rescaling; CLIP's where not given.</summary>
    public ChannelValues Mean { get; init; } = new(0.48145466, 0.4578275, 0.40821073);

    /// <summary>What each channel is divided by then; CLIP's where not given.</summary>
    public ChannelValues Deviation { get; init; } = new(0.26862954, 0.26130258, 0.27577711);

    /// <summary>The number of values of a picture: 3 x <see cref="Size"/> x <see cref="Size"/>.</summary>
    public int ValueCount => 3 * Size * Size;

    /// <summary>Reads preprocessor_config.json in <paramref name="folder"/>.</summary>
    /// <exception cref="UserError">Missing, malformed, or it asks for steps that are not these.</exception>
    public static ImagePreprocessor Load(string folder) => PreprocessorConfig.Read(Path.Combine(folder, FileName));

    /// <summary>Writes preprocessor_config.json into <paramref name="folder"/>; the file has no place for <see cref="PadToSquare"/>.</summary>
    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, FileName), ToJson());

    /// <summary>The text that <see cref="Save"/> writes.</summary>
    public string ToJson() => PreprocessorConfig.Write(this);

    /// <summary>pixel_values [3, <see cref="Size"/>, <see cref="Size"/>] of a picture.</summary>
    public float[] Apply(RgbImage image)
    {
        var values = new float[ValueCount];
        Apply(image, values);
        return values;
    }

    /// <summary>Writes pixel_values [3, <see cref="Size"/>, <see cref="Size"/>] of a picture to <paramref name="values"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="values"/> does not have <see cref="ValueCount"/> elements.</exception>
    public void Apply(RgbImage image, Span<float> values)
    {
        if (values.Length != ValueCount)
            throw new ArgumentException($"A picture has {ValueCount} values, not {values.Length}.", nameof(values));
        Span<float> tables = stackalloc float[3 * 256];
        for (var channel = 0; channel < 3; channel++)
            Normalize(channel, tables.Slice(channel * 256, 256));
        var (canvas, window) = Place(image);
        ImageResize.Resample(canvas, window, Kernel, new NormalizedRows(values, tables, Size));
    }

    /// <summary>
    /// Decodes a picture file and writes its pixel_values [3, <see cref="Size"/>, <see cref="Size"/>] to <paramref name="values"/>. Nothing of the
    /// picture's size is left for the garbage collector. Safe to use from several threads.
    /// </summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="values">Room for <see cref="ValueCount"/> values.</param>
    /// <exception cref="UserError">Not a picture, corrupt, truncated, too large, or the native library is missing.</exception>
    /// <exception cref="ArgumentException"><paramref name="values"/> does not have <see cref="ValueCount"/> elements.</exception>
    public void Apply(ReadOnlySpan<byte> file, string name, Span<float> values)
    {
        var image = ImageDecoder.Decode(file, name, limits: null, ArrayPool<byte>.Shared.Rent);
        try
        {
            Apply(image, values);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(image.Pixels);
        }
    }

    /// <summary>The picture padded, resized and cropped, before it is normalised.</summary>
    internal RgbImage Crop(RgbImage image)
    {
        var (canvas, window) = Place(image);
        return ImageResize.Crop(canvas, window, Kernel);
    }

    private (Canvas Canvas, ImageResize.Window Window) Place(RgbImage image)
    {
        var canvas = PadToSquare ? Canvas.Square(image, Background(0), Background(1), Background(2)) : new Canvas(image);
        var edge = ShortestEdge ?? Size;
        if (edge < Size)
            throw new InvalidOperationException($"A square of {Size} cannot be cropped from a side of {edge}.");
        var (width, height) = (edge, edge);
        if (!Stretch && canvas.Width <= canvas.Height)
            height = Long(edge, canvas.Height, canvas.Width);
        else if (!Stretch)
            width = Long(edge, canvas.Width, canvas.Height);
        return (canvas, new ImageResize.Window(width, height, (width - Size) / 2, (height - Size) / 2, Size, Size));
    }

    private static int Long(int edge, int longSide, int shortSide) => (int)((long)edge * longSide / shortSide);

    // (122, 116, 104) for CLIP's mean: LLaVA cuts the fraction off.
    private byte Background(int channel) => (byte)Math.Clamp(Mean[channel] * 255, 0, 255);

    // In single precision from here on, as NumPy does it.
    private void Normalize(int channel, Span<float> values)
    {
        for (var value = 0; value < values.Length; value++)
            values[value] = ((float)(value * RescaleFactor) - (float)Mean[channel]) / (float)Deviation[channel];
    }
}
