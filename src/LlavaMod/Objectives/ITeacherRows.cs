using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>What objectives know of the teacher at N positions, a chunk of them at a time.</summary>
internal interface ITeacherRows
{
    /// <summary>The positions from <paramref name="start"/> on; the tensors belong to the current scope.</summary>
    TeacherChunk Chunk(long start, long count);
}

/// <summary>What objectives know of the teacher at n positions.</summary>
/// <param name="Logits">[n, V']; null where the teacher is cached.</param>
/// <param name="Sparse">What a cache holds; null where the teacher is asked.</param>
internal readonly record struct TeacherChunk(Tensor? Logits, SparseTeacher? Sparse = null)
{
    /// <summary>V': from there on the teacher has no words.</summary>
    public long Words => Sparse?.Words ?? Logits!.Size(1);

    /// <summary>Some of the positions.</summary>
    public TeacherChunk Narrow(long start, long count) => new(Logits?.Narrow(0, start, count), Sparse?.Narrow(start, count));
}
