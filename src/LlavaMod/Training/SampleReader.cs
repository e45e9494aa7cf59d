using System.Runtime.ExceptionServices;
using LlavaMod.Data;

namespace LlavaMod.Training;

/// <summary>
/// Reads samples ahead of the training step on worker threads, several at once: rows are parsed and tokenised, pictures decoded, resized and
/// normalised. They come out in the order of their positions, whatever was ready first.
/// </summary>
/// <remarks>
/// While the step computes, a quarter of the machine's cores, but at least one, read; while it waits, all of them do. The batch after the current
/// one is always read in full. Beyond it <see cref="BatchesAhead"/> batches may be held, and new samples are begun only as long as those held take less
/// than <see cref="MostBytes"/>.
/// </remarks>
internal sealed class SampleReader : IDisposable
{
    /// <summary>Most batches that are held: finished, in the making, and read ahead.</summary>
    public const int BatchesAhead = 4;

    /// <summary>Bytes of tokens and pixels that may be held beyond the next batch.</summary>
    public const long MostBytes = 512L << 20;

    private const int MostWorkers = 32;

    private readonly ITrainingData data;
    private readonly ISampleOrder order;
    private readonly int batchSize;
    private readonly int background;
    private readonly long mostBytes;
    private readonly Thread[] workers;
    private readonly object gate = new();
    private readonly Dictionary<long, Reading> done = [];
    private readonly Queue<(long Samples, long Bytes)> finished = [];
    private (long Samples, long Bytes) making;
    private long next;      // the position that is begun next
    private long taken;     // the position that Take gives next
    private long handedOut; // positions whose batch the step has
    private long bytes;     // held by what is read and not handed out
    private bool stepWaits;
    private bool stopped;

    /// <summary>Starts reading.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="order">Which sample stands at a position.</param>
    /// <param name="position">The first position.</param>
    /// <param name="batchSize">Samples of a step.</param>
    /// <param name="cores">Cores of the machine.</param>
    /// <param name="mostBytes">Bytes from which on nothing beyond the next batch is begun.</param>
    public SampleReader(ITrainingData data, ISampleOrder order, long position, int batchSize, int cores, long mostBytes = MostBytes)
    {
        (this.data, this.order, this.batchSize, this.mostBytes) = (data, order, batchSize, mostBytes);
        next = taken = handedOut = position;
        background = Math.Max(1, cores / 4);
        workers = [.. Enumerable.Range(0, Math.Clamp(cores, 1, MostWorkers)).Select(Start)];
    }

    /// <summary>The next sample in order; waits for it.</summary>
    /// <exception cref="OperationCanceledException">The reader is disposed.</exception>
    public TrainingSample Take()
    {
        Reading? reading;
        lock (gate)
        {
            while (!done.Remove(taken, out reading) && !stopped) Monitor.Wait(gate);
            if (reading is null) throw new OperationCanceledException();
            taken++;
            making = (making.Samples + 1, making.Bytes + reading.Bytes);
            Monitor.PulseAll(gate);
        }
        reading.Failure?.Throw();
        return reading.Sample!;
    }

    /// <summary>What was taken since the last call is a batch, which waits for its step.</summary>
    public void Finish()
    {
        lock (gate)
        {
            finished.Enqueue(making);
            making = default;
        }
    }

    /// <summary>The step waits for a batch: every core may read.</summary>
    public void Await()
    {
        lock (gate)
        {
            stepWaits = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>The step has the oldest finished batch.</summary>
    public void HandOut()
    {
        lock (gate)
        {
            var batch = finished.Dequeue();
            handedOut += batch.Samples;
            bytes -= batch.Bytes;
            stepWaits = false;
            Monitor.PulseAll(gate);
        }
    }

    private Thread Start(int worker)
    {
        var thread = new Thread(() => Work(worker)) { IsBackground = true, Name = $"sample reader {worker}" };
        thread.Start();
        return thread;
    }

    private void Work(int worker)
    {
        while (Begin(worker) is { } place)
        {
            var reading = Read(place.Sample);
            lock (gate)
            {
                done[place.Position] = reading;
                bytes += reading.Bytes;
                Monitor.PulseAll(gate);
            }
        }
    }

    private (long Position, (long Pass, int Index) Sample)? Begin(int worker)
    {
        lock (gate)
        {
            while (!MayBegin(worker))
            {
                if (stopped) return null;
                Monitor.Wait(gate);
            }
            return stopped ? null : (next, order.At(next++));
        }
    }

    private bool MayBegin(int worker)
    {
        if (worker >= background && !stepWaits) return false;
        bool needed = finished.Count == 0 && next - taken < batchSize;
        return needed || (next - handedOut < (long)BatchesAhead * batchSize && bytes < mostBytes);
    }

    private Reading Read((long Pass, int Index) place)
    {
        try
        {
            var sample = data.Load(place.Pass, place.Index);
            return new Reading(sample, null, BytesOf(sample));
        }
        catch (Exception exception)
        {
            return new Reading(null, ExceptionDispatchInfo.Capture(exception), 0); // Take throws it, in its turn
        }
    }

    private static long BytesOf(TrainingSample sample) =>
        sample.Images.Sum(image => sizeof(float) * (long)image.Pixels.Length) + Of(sample.Chosen) + Of(sample.Rejected);

    private static long Of(EncodedSample? row) => row is null ? 0 : 2L * sizeof(int) * row.InputIds.Length;

    /// <summary>Stops; samples on their way are read to their end.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.PulseAll(gate);
        }
        foreach (var worker in workers) worker.Join();
    }

    private sealed record Reading(TrainingSample? Sample, ExceptionDispatchInfo? Failure, long Bytes);
}
