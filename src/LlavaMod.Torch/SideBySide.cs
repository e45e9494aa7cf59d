using System.Runtime.ExceptionServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// Runs the parts of a job on several threads at once. The threads of libtorch's operators are shared out among them: many small operators keep
/// two cores busy two at a time, and hardly by splitting each.
/// </summary>
public static class SideBySide
{
    /// <summary>Runs part 0 .. count - 1, at most <paramref name="width"/> at once; with a width of 1 on the calling thread.</summary>
    /// <param name="count">How many parts there are.</param>
    /// <param name="width">How many may run at once, 1 or more.</param>
    /// <param name="part">
    /// Given a part's number and its turn. Grad mode and <see cref="TensorScope"/> belong to a thread: a part sets its own.
    /// </param>
    /// <exception cref="Exception">What the first part that failed threw; parts before it are done, no part after it has had its turn.</exception>
    public static void Run(int count, int width, Action<int, Turn> part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var job = new Job(count, part);
        width = Math.Min(width, count);
        if (width <= 1)
        {
            job.Work();
        }
        else
        {
            // OpenBLAS has one count for all threads, OpenMP one for each: the workers set theirs.
            int threads = TorchRuntime.Threads, share = Math.Max(1, threads / width);
            StartupTuning.SetOpenBlasThreads(share);
            try
            {
                Worker.RunAll(width, share, job.Work);
            }
            finally
            {
                StartupTuning.SetOpenBlasThreads(threads);
            }
        }
        job.Failure?.Throw();
    }

    /// <summary>A part's place in the order.</summary>
    public readonly struct Turn
    {
        private readonly Job job;
        private readonly int index;

        internal Turn(Job job, int index) => (this.job, this.index) = (job, index);

        /// <summary>Waits until every earlier part is done. From then on no other part is in its turn, until this one is done too.</summary>
        /// <exception cref="OperationCanceledException">An earlier part has failed.</exception>
        public void Await() => job.Await(index);
    }

    internal sealed class Job(int count, Action<int, Turn> part)
    {
        private readonly Lock given = new();
        private readonly object done = new();
        private int next;
        private int finished;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Work()
        {
            while (Failure is null && Take() is { } index)
            {
                try
                {
                    part(index, new Turn(this, index));
                    Finish(index, null);
                }
                catch (Exception failure)
                {
                    Finish(index, ExceptionDispatchInfo.Capture(failure));
                }
            }
        }

        private int? Take()
        {
            lock (given) return next < count ? next++ : null;
        }

        public void Await(int index)
        {
            lock (done)
            {
                while (finished < index && Failure is null) Monitor.Wait(done);
                if (Failure is not null) throw new OperationCanceledException();
            }
        }

        private void Finish(int index, ExceptionDispatchInfo? failure)
        {
            lock (done)
            {
                while (finished < index && Failure is null) Monitor.Wait(done);
                Failure ??= failure; // parts finish in their order: this is the first one that failed
                finished = index + 1;
                Monitor.PulseAll(done);
            }
        }
    }

    // Threads are kept for the next job: libtorch prepares itself anew on every thread, which costs more than a small operator.
    private sealed class Worker
    {
        private static readonly Stack<Worker> Idle = [];

        private readonly SemaphoreSlim given = new(0);
        private Action work = () => { };

        private Worker() => new Thread(Loop) { IsBackground = true, Name = "side by side" }.Start();

        public static void RunAll(int width, int threads, Action work)
        {
            using var done = new CountdownEvent(width);
            var workers = new Worker[width];
            lock (Idle)
            {
                for (int i = 0; i < width; i++) workers[i] = Idle.TryPop(out var worker) ? worker : new Worker();
            }
            foreach (var worker in workers) worker.Give(threads, work, done);
            done.Wait();
            lock (Idle)
            {
                foreach (var worker in workers) Idle.Push(worker);
            }
        }

        private void Give(int threads, Action job, CountdownEvent done)
        {
            work = () =>
            {
                if (Shim.lm_threads() != threads) Shim.lm_set_threads(threads);
                job();
                done.Signal();
            };
            given.Release();
        }

        private void Loop()
        {
            while (true)
            {
                given.Wait();
                work();
            }
        }
    }
}
