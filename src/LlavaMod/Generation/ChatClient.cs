using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace LlavaMod.Generation;

/// <summary>
/// A model on disk behind Microsoft.Extensions.AI's abstraction. It keeps no conversation: every call brings all of its messages. Calls may come from
/// any number of threads and are served one after another.
/// </summary>
/// <remarks>
/// What <see cref="ChatOptions"/> leave open is what the folder's generation_config.json says (<see cref="ChatModel.Defaults"/>), and the most
/// likely answer where there is none. Read are Instructions, Temperature, TopP, TopK, MaxOutputTokens, Seed and StopSequences, and of
/// AdditionalProperties <c>min_p</c>, <c>repetition_penalty</c> and <c>logprobs</c> (how many of the likeliest tokens; see
/// <see cref="ChatAnswer.Generated"/> of the response's RawRepresentation). What is not done here, such as tools, is refused.
/// Messages hold texts and pictures, as bytes or data: addresses; a picture stands where it is among a message's contents.
/// </remarks>
public sealed class ChatClient : IChatClient
{
    private readonly ChatModel model;
    private readonly ChatClientMetadata metadata;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource closing = new();
    private int disposed;

    /// <summary>Serves a model.</summary>
    /// <param name="model">The model; it is released with this object.</param>
    /// <param name="modelId">What responses call it; null for the name of its folder.</param>
    public ChatClient(ChatModel model, string? modelId = null)
    {
        this.model = model;
        metadata = new ChatClientMetadata("llavamod", providerUri: null, modelId ?? model.Name);
    }

    /// <summary>The next message of a conversation.</summary>
    /// <param name="messages">The conversation so far, the user's message last.</param>
    /// <param name="options">How it is answered.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="UserError">The messages or options ask for something that is not done here, or do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the client was disposed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The client has been disposed.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (conversation, settings) = Read(messages, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        var answer = await AnswerAsync(conversation, settings, onText: null, stop.Token).ConfigureAwait(false);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Text))
        {
            ResponseId = NewId(),
            ModelId = metadata.DefaultModelId,
            CreatedAt = DateTimeOffset.UtcNow,
            FinishReason = Reason(answer),
            Usage = Usage(answer),
            RawRepresentation = answer,
        };
    }

    /// <summary>The next message of a conversation, piece by piece in whole characters; the last update has finish reason and usage.</summary>
    /// <inheritdoc cref="GetResponseAsync"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (conversation, settings) = Read(messages, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var work = WriteAsync(conversation, settings, pieces.Writer, stop.Token);
        string id = NewId();
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false)) yield return Update(id, new TextContent(piece));
            var answer = await work.ConfigureAwait(false);
            var last = Update(id, new UsageContent(Usage(answer)));
            (last.FinishReason, last.RawRepresentation) = (Reason(answer), answer);
            yield return last;
        }
        finally
        {
            // Who stops listening stops the model, and this call is over when the model is free again.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ChatAnswer> WriteAsync(Conversation conversation, GenerationOptions settings, ChannelWriter<string> pieces, CancellationToken stop)
    {
        try
        {
            return await AnswerAsync(conversation, settings, piece => pieces.TryWrite(piece), stop).ConfigureAwait(false);
        }
        finally
        {
            pieces.Complete();
        }
    }

    private async Task<ChatAnswer> AnswerAsync(Conversation conversation, GenerationOptions settings, Action<string>? onText, CancellationToken stop)
    {
        await turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            // A thread of its own: tensors belong to the thread that makes them, and a caller's should not wait for seconds.
            return await Task.Run(() => model.Answer(conversation, settings, onText, stop), stop).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private (Conversation Conversation, GenerationOptions Settings) Read(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, this);
        ArgumentNullException.ThrowIfNull(messages);
        return (ChatMessages.Read(messages, options?.Instructions), ChatSettings.Read(options, model.Defaults, metadata.DefaultModelId!));
    }

    private ChatResponseUpdate Update(string id, AIContent content) => new(ChatRole.Assistant, [content])
    {
        ResponseId = id, MessageId = id, ModelId = metadata.DefaultModelId, CreatedAt = DateTimeOffset.UtcNow,
    };

    private static string NewId() => $"chat-{Guid.NewGuid():n}";

    private static ChatFinishReason Reason(ChatAnswer answer) =>
        answer.Generated.Finish == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;

    private static UsageDetails Usage(ChatAnswer answer) => new()
    {
        InputTokenCount = answer.Generated.PromptTokens,
        OutputTokenCount = answer.Generated.CompletionTokens,
        TotalTokenCount = answer.Generated.PromptTokens + answer.Generated.CompletionTokens,
    };

    /// <summary>This object, the <see cref="ChatModel"/> or the <see cref="ChatClientMetadata"/>; null for other types and for keys.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        return serviceType.IsInstanceOfType(this) ? this : serviceType == typeof(ChatClientMetadata) ? metadata : serviceType == typeof(ChatModel) ? model : null;
    }

    /// <summary>Stops what is running, waits for it, and releases the model.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        closing.Cancel();
        turn.Wait(); // never released: whoever still waits for its turn is cancelled
        model.Dispose();
    }
}
