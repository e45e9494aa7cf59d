namespace LlavaMod.Objectives;

/// <summary>An objective over some positions, as part of a sum.</summary>
/// <param name="Objective">The objective.</param>
/// <param name="Share">What its losses are multiplied by to be reported: the scope's weight over the number of positions of the whole batch.</param>
/// <param name="Weight">What that is multiplied by in the sum.</param>
internal readonly record struct HeadTerm(TokenObjective Objective, double Share, double Weight);

/// <summary>Successive positions that the same terms look at.</summary>
/// <param name="Start">The first.</param>
/// <param name="Count">How many.</param>
/// <param name="Terms">Indices of terms; empty where none looks.</param>
internal readonly record struct RowGroup(long Start, long Count, int[] Terms);
