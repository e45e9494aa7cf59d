using System.Buffers;

namespace LlavaMod.Tokenization;

/// <summary>A binary heap of places in a word by rank, then by place, over rented memory.</summary>
internal ref struct PairQueue
{
    private readonly ulong[] heap;
    private int count;

    /// <param name="capacity">How many places are ever added: each merge of a word of n tokens brings two, so that 3n is enough.</param>
    public PairQueue(int capacity) => heap = ArrayPool<ulong>.Shared.Rent(capacity);

    public void Enqueue(int place, int rank)
    {
        var item = (ulong)(uint)rank << 32 | (uint)place;
        var at = count++;
        while (at > 0 && heap[(at - 1) / 2] is var parent && item < parent)
        {
            heap[at] = parent;
            at = (at - 1) / 2;
        }
        heap[at] = item;
    }

    public bool TryDequeue(out int place, out int rank)
    {
        if (count == 0)
        {
            (place, rank) = (0, 0);
            return false;
        }
        (place, rank) = ((int)(uint)heap[0], (int)(heap[0] >> 32));
        SiftDown(heap[--count]);
        return true;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(heap);

    private readonly void SiftDown(ulong item)
    {
        var at = 0;
        for (int child; (child = 2 * at + 1) < count; at = child)
        {
            if (child + 1 < count && heap[child + 1] < heap[child])
                child++;
            if (heap[child] >= item)
                break;
            heap[at] = heap[child];
        }
        heap[at] = item;
    }
}
