namespace LlavaMod.Evaluation;

/// <summary>Shares, with 0 for a share of nothing, so that every score is a number that JSON can hold.</summary>
internal static class Ratio
{
    public static double Of(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
