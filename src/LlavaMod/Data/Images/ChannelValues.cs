namespace LlavaMod.Data.Images;

/// <summary>One number for each channel.</summary>
public readonly record struct ChannelValues(double Red, double Green, double Blue)
{
    internal double this[int channel] => channel switch { 0 => Red, 1 => Green, _ => Blue };
}
