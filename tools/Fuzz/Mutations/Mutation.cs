namespace LlavaMod.Fuzz.Mutations;

/// <summary>A file with one change, or the file itself where the change does not apply. The file given is never written to.</summary>
public delegate byte[] Mutation(byte[] file, Random random);
