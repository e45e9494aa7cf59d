using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>What objectives know of the teacher at N positions, a chunk of them at a time.</summary>
internal interface ITeacherRows
{
    /// <summary>The positions from <paramref name="start"/> on; the tensors belong to the current scope.</summary>
    TeacherChunk Chunk(long start, long count);
}

/// <summary>What objectives know of the teacher at n positions.</summary>
/// <param name="Logits">[n, V'].</param>
internal readonly record struct TeacherChunk(Tensor Logits)
{
    /// <summary>Some of the positions.</summary>
    public TeacherChunk Narrow(long start, long count) => new(Logits.Narrow(0, start, count));
}
