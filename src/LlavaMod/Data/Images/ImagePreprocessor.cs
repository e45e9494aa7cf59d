namespace LlavaMod.Data.Images;

/// <summary>
/// Makes of a picture what a vision tower sees, with the steps of Hugging Face's CLIPImageProcessor: resize the shorter side (bicubic),
/// crop the centre, scale to 0..1, normalise by channel; before that, where asked, LLaVA's padding to a square.
/// </summary>
public sealed record ImagePreprocessor
{
    /// <summary>The configuration's file name in a model's folder.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>Side of the square that comes out, in pixels; at least 1.</summary>
    public required int Size { get; init; }

    /// <summary>What the shorter side is resized to before the centre is cropped; at least <see cref="Size"/>; null for <see cref="Size"/>.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Whether the picture is resized to the square at once, changing its proportions, without a crop (SigLIP).</summary>
    public bool Stretch { get; init; }

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
    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, FileName), PreprocessorConfig.Write(this));

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
        var pixels = Crop(image).Pixels;
        for (var channel = 0; channel < 3; channel++)
        {
            var normalized = Normalized(channel);
            var plane = values.Slice(channel * Size * Size, Size * Size);
            for (int i = 0, at = channel; i < plane.Length; i++, at += 3)
                plane[i] = normalized[pixels[at]];
        }
    }

    /// <summary>The picture padded, resized and cropped, before it is normalised.</summary>
    internal RgbImage Crop(RgbImage image)
    {
        var canvas = PadToSquare ? Canvas.Square(image, Background(0), Background(1), Background(2)) : new Canvas(image);
        if (Stretch)
            return BicubicResize.Resize(canvas, Size, Size, 0, 0, Size, Size);
        var edge = ShortestEdge ?? Size;
        if (edge < Size)
            throw new InvalidOperationException($"A square of {Size} cannot be cropped from a side of {edge}.");
        var (width, height) = canvas.Width <= canvas.Height
            ? (edge, Long(edge, canvas.Height, canvas.Width))
            : (Long(edge, canvas.Width, canvas.Height), edge);
        return BicubicResize.Resize(canvas, width, height, (width - Size) / 2, (height - Size) / 2, Size, Size);
    }

    private static int Long(int edge, int longSide, int shortSide) => (int)((long)edge * longSide / shortSide);

    // (122, 116, 104) for CLIP's mean: LLaVA cuts the fraction off.
    private byte Background(int channel) => (byte)Math.Clamp(Mean[channel] * 255, 0, 255);

    // In single precision from here on, as NumPy does it.
    private float[] Normalized(int channel)
    {
        var values = new float[256];
        for (var value = 0; value < 256; value++)
            values[value] = ((float)(value * RescaleFactor) - (float)Mean[channel]) / (float)Deviation[channel];
        return values;
    }
}
