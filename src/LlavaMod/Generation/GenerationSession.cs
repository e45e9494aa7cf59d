using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>
/// A batch of requests that is being answered: the first step passes the prompts through the model, every further one a token of each answer that
/// goes on. Answers that have ended leave the batch when at least half of it has. Steps may be made on different threads, one at a time.
/// </summary>
public sealed class GenerationSession : IDisposable
{
    private readonly Llava model;
    private readonly VisionFeatures vision;
    private readonly PromptBatch prompts;
    private readonly GenerationRow[] rows;
    private readonly Action<Tensor>? onLogits;
    private readonly Sampler? sampler;
    private readonly LogProbabilities? probabilities;
    private readonly List<NewToken> fresh = [];
    private int[] present; // which request stands in each row of the cache
    private long[] next = [];
    private KvCache? cache;
    private Tensor? mask; // real tokens, Bool [rows, capacity]; null without padding
    private int steps;
    private bool broken;

    internal GenerationSession(Llava model, VisionFeatures vision, PromptBatch prompts, GenerationRow[] rows, Action<Tensor>? onLogits)
    {
        (this.model, this.vision, this.prompts, this.rows, this.onLogits) = (model, vision, prompts, rows, onLogits);
        present = [.. Enumerable.Range(0, rows.Length)];
        int words = checked((int)model.Language.Config.VocabSize);
        if (rows.Any(row => row.NeedsLogits)) (sampler, probabilities) = (new Sampler(words), new LogProbabilities(words));
    }

    /// <summary>Whether every answer has ended.</summary>
    public bool IsDone => Array.TrueForAll(rows, row => row.Finish is not null);

    /// <summary>The answers in the order of the requests.</summary>
    /// <exception cref="InvalidOperationException">Not all have ended.</exception>
    public IReadOnlyList<GeneratedAnswer> Answers => [.. rows.Select(row => row.Answer)];

    /// <summary>A request's answer.</summary>
    /// <param name="request">Its index.</param>
    /// <exception cref="InvalidOperationException">It has not ended yet.</exception>
    public GeneratedAnswer Answer(int request) => rows[request].Answer;

    /// <summary>Tokens of a request's prompt, every image counted as the tokens that it takes.</summary>
    /// <param name="request">Its index.</param>
    public int PromptTokens(int request) => rows[request].PromptTokens;

    /// <summary>One more token for each answer that goes on. The list is valid until the next step.</summary>
    /// <param name="cancellation">Stops before the step, and between parts of the pass over the prompts.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Every answer has ended, an earlier step has failed, or the model's logits are not finite.</exception>
    public IReadOnlyList<NewToken> Step(CancellationToken cancellation = default)
    {
        if (IsDone) throw new InvalidOperationException("every answer has ended");
        if (broken) throw new InvalidOperationException("a step has failed before: dispose the session");
        cancellation.ThrowIfCancellationRequested();
        broken = true;
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var hidden = steps == 0 ? Prefill(cancellation) : Decode();           // [rows, D]
        steps++;
        var logits = model.Language.Logits(hidden.Unsqueeze(1)).Select(1, 0); // [rows, V]
        onLogits?.Invoke(logits);
        Choose(logits);
        broken = false;
        return fresh;
    }

    private Tensor Prefill(CancellationToken cancellation)
    {
        long capacity = prompts.Length + rows.Max(row => row.Limit);
        cache = new KvCache(model.Language.Config, rows.Length, capacity, model.Parameters.DType, model.Parameters.Device);
        if (prompts.HasPadding) mask = Mask(capacity).Unscope();
        return prompts.Prefill(cache, vision, cancellation);
    }

    // Which of the first capacity places of each row hold real tokens.
    private Tensor Mask(long capacity)
    {
        using var scope = new TensorScope();
        var real = new bool[rows.Length * capacity];
        for (int row = 0; row < rows.Length; row++)
        {
            int padding = prompts.PaddingOf(row);
            real.AsSpan((int)(row * capacity) + padding, (int)capacity - padding).Fill(true);
        }
        return scope.Return(Tensor.From(real, rows.Length, capacity).To(model.Parameters.Device));
    }

    private Tensor Decode()
    {
        using var scope = new TensorScope();
        LeaveOut();
        var device = model.Parameters.Device;
        var ids = Tensor.From(next, present.Length, 1).To(device);
        Tensor? seen = null, positions = null;
        if (mask is not null)
        {
            seen = mask.Narrow(1, 0, cache!.Length + 1);
            positions = Tensor.From(Array.ConvertAll(present, request => (long)prompts.LastPosition(request) + steps), present.Length, 1).To(device);
        }
        var hidden = model.Language.Forward(new LanguageInput(model.Language.Embed(ids), seen, positions), new RoutingPass(), cache);
        return scope.Return(hidden.Select(1, 0));
    }

    // Takes the rows that have ended out of the batch, once they are half of it: copying the cache has to pay.
    private void LeaveOut()
    {
        var kept = Enumerable.Range(0, present.Length).Where(row => rows[present[row]].Finish is null).ToArray();
        if (kept.Length > present.Length / 2) return;
        var indices = Tensor.From(Array.ConvertAll(kept, row => (long)row), kept.Length).To(model.Parameters.Device);
        cache!.Keep(indices);
        next = Array.ConvertAll(kept, row => next[row]);
        present = Array.ConvertAll(kept, row => present[row]);
        if (mask is null) return;
        using var old = mask;
        mask = mask.IndexSelect(0, indices).Unscope();
    }

    // The most likely tokens come from the device as such; logits only for rows that need them. Rows that have ended go on with their likeliest
    // token until they leave.
    private void Choose(Tensor logits)
    {
        fresh.Clear();
        next = logits.Argmax(-1).ToArray<long>();
        int[] sampled = [.. Enumerable.Range(0, present.Length).Where(row => Running(row) && rows[present[row]].NeedsLogits)];
        var numbers = sampled.Length == 0 ? [] : OnHost(logits, sampled);
        int words = sampled.Length == 0 ? 0 : numbers.Length / sampled.Length, taken = 0;
        for (int row = 0; row < present.Length; row++)
        {
            if (!Running(row)) continue;
            var request = rows[present[row]];
            string text;
            if (request.NeedsLogits)
            {
                (int token, text) = request.Choose(numbers.Slice(taken++ * words, words), sampler!, probabilities!);
                next[row] = token;
            }
            else text = request.Add((int)next[row]);
            fresh.Add(new NewToken(present[row], (int)next[row], text, request.Finish));
        }
    }

    private bool Running(int row) => rows[present[row]].Finish is null;

    // -> [rows.Length * V], valid as long as the step's scope
    private static ReadOnlySpan<float> OnHost(Tensor logits, int[] rows)
    {
        if (rows.Length < logits.Size(0))
            logits = logits.IndexSelect(0, Tensor.From(Array.ConvertAll(rows, row => (long)row), rows.Length).To(logits.Device));
        return logits.To(Device.Cpu).To(DType.Float32).Contiguous().Span<float>();
    }

    /// <summary>Releases the cache.</summary>
    public void Dispose()
    {
        cache?.Dispose();
        mask?.Dispose();
    }
}
