using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// A model behind an OpenAI-compatible server that judges answers. What it said before comes from the cache; what fails and may succeed later is
/// tried again. May be asked by several threads at once.
/// </summary>
public sealed class Judge : IDisposable
{
    private readonly JudgeOptions options;
    private readonly JudgeCache cache;
    private readonly JudgeRetries retries;
    private readonly HttpClient http;
    private readonly ChatClient client;
    private readonly Lock counting = new();
    private JudgeUsage usage = new(0, 0, 0, 0, 0, 0, null);

    /// <summary>A judge.</summary>
    /// <param name="options">Which model, and where.</param>
    /// <param name="cache">What it said before. The caller disposes it.</param>
    /// <param name="time">The clock by which it waits before it tries again; null for the system's.</param>
    public Judge(JudgeOptions options, JudgeCache cache, TimeProvider? time = null)
        : this(options, cache, time ?? TimeProvider.System, (delay, stop) => Task.Delay(delay, time ?? TimeProvider.System, stop))
    {
    }

    internal Judge(JudgeOptions options, JudgeCache cache, TimeProvider time, Func<TimeSpan, CancellationToken, Task> wait)
    {
        (this.options, this.cache) = (options, cache);
        retries = new JudgeRetries(time, wait);
        http = JudgeConnection.Client(options);
        // The connection takes the placeholder out again: the package wants a key even where the server wants none.
        client = new ChatClient(options.Model, new ApiKeyCredential(options.Key ?? "none"), new OpenAIClientOptions
        {
            Endpoint = options.Url,
            Transport = new HttpClientPipelineTransport(http),
            RetryPolicy = retries,
            NetworkTimeout = options.Timeout,
        });
    }

    /// <summary>Which model judges, and where it is.</summary>
    public JudgeOptions Options => options;

    /// <summary>What it took so far.</summary>
    public JudgeUsage Usage
    {
        get
        {
            lock (counting) return usage with { Retries = retries.Count, Cost = options.Cost(usage.PromptTokens, usage.CompletionTokens) };
        }
    }

    /// <summary>Asks the judge, or the cache.</summary>
    /// <exception cref="UserError">The server refuses, cannot be reached after some tries, or answers with something else than a chat completion.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async Task<JudgeReply> Ask(JudgeRequest request, CancellationToken stop = default)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request.ToJson(options.Model));
        string key = JudgeCache.KeyOf(options.Url, body);
        if (cache.Find(key) is { } known)
        {
            lock (counting) usage = usage with { Requests = usage.Requests + 1, FromCache = usage.FromCache + 1 };
            return new JudgeReply(request, known);
        }
        var response = await Send(body, stop).ConfigureAwait(false);
        if (response.Status != 200) throw JudgeFailure.OfStatus(options, response);
        var completion = JudgeReply.Parse(response.Content.ToArray()) ?? throw JudgeFailure.OfContent(options, response.Content);
        cache.Add(key, completion);
        var reply = new JudgeReply(request, completion);
        Count(reply);
        return reply;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<PipelineResponse> Send(byte[] body, CancellationToken stop)
    {
        try
        {
            using var content = BinaryContent.Create(BinaryData.FromBytes(body));
            var result = await client.CompleteChatAsync(content, new RequestOptions { CancellationToken = stop, ErrorOptions = ClientErrorBehaviors.NoThrow }).ConfigureAwait(false);
            return result.GetRawResponse();
        }
        catch (Exception exception) when (exception is not UserError)
        {
            stop.ThrowIfCancellationRequested();
            throw exception is AggregateException { InnerExceptions: [.., UserError told] } ? told : JudgeFailure.OfConnection(options, exception);
        }
    }

    private void Count(JudgeReply reply)
    {
        lock (counting)
        {
            usage = usage with
            {
                Requests = usage.Requests + 1,
                PromptTokens = usage.PromptTokens + (reply.PromptTokens ?? 0),
                CompletionTokens = usage.CompletionTokens + (reply.CompletionTokens ?? 0),
                Uncounted = usage.Uncounted + (reply.PromptTokens is null || reply.CompletionTokens is null ? 1 : 0),
            };
        }
    }
}
