using System.Threading.Channels;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Teachers;

namespace LlavaMod.Training;

/// <summary>One optimiser step's samples.</summary>
/// <param name="MicroBatches">In order.</param>
/// <param name="Position">How far the data has been read once these are used: where a resumed run goes on.</param>
/// <param name="Skipped">Samples left out on the way, with the reason.</param>
public sealed record LoadedBatch(IReadOnlyList<MicroBatch> MicroBatches, long Position, IReadOnlyList<SkippedSample> Skipped)
{
    /// <summary>The broken rows among those left out, to be counted when the batch is used.</summary>
    public IReadOnlyList<BrokenRowException> Broken { get; init; } = [];

    /// <summary>How many samples are of each dataset, by its name.</summary>
    public IReadOnlyDictionary<string, int> Sources { get; init; } = new Dictionary<string, int>();
}

/// <summary>A sample that could not be used, and why.</summary>
/// <param name="Source">The dataset that it is from.</param>
/// <param name="Id">Its id.</param>
/// <param name="Reason">Why.</param>
/// <param name="Broken">Whether its row is broken, which its dataset reports, rather than too long for this stage.</param>
public sealed record SkippedSample(string Source, string Id, string Reason, bool Broken);

/// <summary>How batches are cut.</summary>
public sealed record BatchPlan
{
    /// <summary>Samples a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Samples that go through the model at once.</summary>
    public required int MicroBatchSize { get; init; }

    /// <summary>Longest row, image tokens included; a longer answer is cut, a row whose images do not fit is skipped.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Tokens that an image takes.</summary>
    public required int TokensPerImage { get; init; }

    /// <summary>Whether the samples of a micro-batch lie in one row, without padding.</summary>
    public bool Packed { get; init; }

    /// <summary>Whether batches hold samples with images or samples without, of similar length.</summary>
    public bool Grouped { get; init; }

    /// <summary>What the order of the samples depends on: run seed and stage.</summary>
    public required string Seed { get; init; }
}

/// <summary>
/// Makes batches ahead of the training step: tokens, pixels and splicing are ready when the step asks. Samples are read on several threads
/// (<see cref="SampleReader"/>), and put together on one.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private readonly ITrainingData data;
    private readonly BatchPlan plan;
    private readonly SampleReader reader;
    private readonly Channel<LoadedBatch> ready = Channel.CreateUnbounded<LoadedBatch>(); // the reader bounds what there is
    private readonly Task worker;

    /// <summary>Starts loading.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="plan">How batches are cut.</param>
    /// <param name="position">Where to go on: 0, or a <see cref="LoadedBatch.Position"/>.</param>
    public BatchLoader(ITrainingData data, BatchPlan plan, long position)
        : this(data, plan, position, Environment.ProcessorCount)
    {
    }

    internal BatchLoader(ITrainingData data, BatchPlan plan, long position, int cores)
    {
        if (data.Count == 0) throw new UserError("the stage's data holds no sample");
        (this.data, this.plan) = (data, plan);
        ISampleOrder order = plan.Grouped
            ? new GroupedOrder(data, plan.BatchSize, plan.TokensPerImage, plan.Seed)
            : new SampleOrder(plan.Seed, data.Count);
        order.At(position); // reads the sizes of grouped samples here, where it can be waited for and fail
        reader = new SampleReader(data, order, position, plan.BatchSize, cores);
        worker = Task.Factory.StartNew(() => Produce(position), TaskCreationOptions.LongRunning);
    }

    /// <summary>The next batch; waits for it.</summary>
    public LoadedBatch Next(CancellationToken cancellation = default)
    {
        try
        {
            if (!ready.Reader.TryRead(out var batch))
            {
                reader.Await();
                batch = ready.Reader.ReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
            }
            reader.HandOut();
            return batch;
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } cause)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private void Produce(long position)
    {
        try
        {
            while (true)
            {
                var batch = Make(position);
                position = batch.Position;
                reader.Finish();
                ready.Writer.TryWrite(batch);
            }
        }
        catch (OperationCanceledException)
        {
            ready.Writer.TryComplete();
        }
        catch (Exception exception)
        {
            ready.Writer.TryComplete(exception); // Next throws it
        }
    }

    // A group's batches lie at multiples of their size, and one that loses a sample is not filled up from the next, whose samples are of another kind.
    private bool IsComplete(int samples, long position) =>
        plan.Grouped ? samples > 0 && position % plan.BatchSize == 0 : samples == plan.BatchSize;

    private LoadedBatch Make(long position)
    {
        var samples = new List<TrainingSample>();
        var skipped = new List<SkippedSample>();
        var brokenRows = new List<BrokenRowException>();
        long start = position;
        while (!IsComplete(samples.Count, position))
        {
            if (position - start >= 2L * data.Count + plan.BatchSize)
            {
                throw new UserError($"no sample of the stage's data is usable at max_length {plan.MaxLength}: the first is {skipped[0].Id}: {skipped[0].Reason}");
            }
            TrainingSample sample;
            try
            {
                position++;
                sample = reader.Take();
            }
            catch (BrokenRowException broken)
            {
                brokenRows.Add(broken);
                skipped.Add(new SkippedSample(broken.Dataset ?? "", broken.Id, broken.Message, Broken: true));
                continue;
            }
            if (Misfit(sample, plan.TokensPerImage, plan.MaxLength) is { } reason) skipped.Add(new SkippedSample(sample.Source, sample.Chosen.Id, reason, Broken: false));
            else samples.Add(sample);
        }
        return new LoadedBatch([.. samples.Chunk(plan.MicroBatchSize).Select(Cut)], position, skipped)
        {
            Broken = brokenRows,
            Sources = samples.CountBy(sample => sample.Source).ToDictionary(),
        };
    }

    /// <summary>Why a sample is left out, or null.</summary>
    internal static string? Misfit(TrainingSample sample, int tokensPerImage, int maxLength)
    {
        foreach (var row in sample.Rejected is null ? [sample.Chosen] : (EncodedSample[])[sample.Chosen, sample.Rejected])
        {
            // After cutting at max_length there must still be every image and something to learn.
            int place = 0, lastImage = 0, firstLabel = int.MaxValue;
            for (int i = 0; i < row.InputIds.Length; i++)
            {
                bool image = row.InputIds[i] == Splicer.ImageId;
                if (!image && row.Labels[i] != Splicer.Ignored) firstLabel = Math.Min(firstLabel, place);
                place += image ? tokensPerImage : 1;
                if (image) lastImage = place;
            }
            if (lastImage > maxLength) return $"its images end at token {lastImage}, max_length is {maxLength}";
            if (firstLabel == int.MaxValue) return "it has no answer to learn";
            if (firstLabel >= maxLength) return $"its first answer starts at token {firstLabel}, max_length is {maxLength}";
        }
        return null;
    }

    private MicroBatch Cut(TrainingSample[] samples)
    {
        var options = new SpliceOptions { TokensPerImage = plan.TokensPerImage, MaxLength = plan.MaxLength, Packed = plan.Packed };
        bool pairs = samples[0].Rejected is not null;
        var sequences = Splicer.Splice([.. samples.Select(sample => sample.Chosen)], options);
        return new MicroBatch(
            [.. samples.Select(sample => sample.Chosen.Id)],
            sequences,
            pairs ? Splicer.Splice([.. samples.Select(sample => sample.Rejected!)], options) : null,
            [.. samples.SelectMany(sample => sample.Images)])
        {
            Teacher = samples[0].Teacher is null ? null : SparseBatch.Of(sequences, [.. samples.Select(sample => sample.Teacher!)]),
        };
    }

    /// <summary>Stops loading.</summary>
    public void Dispose()
    {
        reader.Dispose();
        worker.GetAwaiter().GetResult();
    }
}
