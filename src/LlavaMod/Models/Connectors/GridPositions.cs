using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>
/// Fixed positions of the patches of a square picture (Vaswani et al. 2017, in two dimensions): the first half of the width holds sines and cosines of the
/// column, the second half those of the row, with wavelengths from 2 pi to 20,000 pi.
/// </summary>
/// <param name="width">A multiple of 4.</param>
internal sealed class GridPositions(int width)
{
    private (int Features, float[] Values) known;

    /// <summary>Float32 [features, width]. A picture's first patch may be left out, so that features are a square number, or one less.</summary>
    /// <exception cref="InvalidOperationException">The features are no such number.</exception>
    public Tensor Of(int features, Device device)
    {
        if (known.Features != features) known = (features, Compute(features));
        return Tensor.From(known.Values, features, width).To(device);
    }

    private float[] Compute(int features)
    {
        int side = (int)Math.Ceiling(Math.Sqrt(features)), first = side * side - features;
        if (first > 1) throw new InvalidOperationException($"{features} features are not those of a square picture");
        int quarter = width / 4;
        var values = new float[features * width];
        for (int patch = 0; patch < features; patch++)
        {
            int column = (patch + first) % side, row = (patch + first) / side;
            for (int i = 0; i < quarter; i++)
            {
                double frequency = Math.Pow(10_000, -(double)i / quarter);
                var place = values.AsSpan(patch * width + i);
                place[0] = (float)Math.Sin(column * frequency);
                place[quarter] = (float)Math.Cos(column * frequency);
                place[2 * quarter] = (float)Math.Sin(row * frequency);
                place[3 * quarter] = (float)Math.Cos(row * frequency);
            }
        }
        return values;
    }
}
