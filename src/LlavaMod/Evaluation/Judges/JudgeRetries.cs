using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Net.Sockets;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// Tries again what may succeed later: a busy or broken server (408, 429, 5xx), a broken connection, a try that took too long. It waits 1, 2, 4, ...
/// seconds, or as long as the server's Retry-After says, and never more than a minute. A server that was never there is not waited for.
/// </summary>
/// <param name="time">The clock, against which a date in Retry-After is read.</param>
/// <param name="wait">Waits.</param>
internal sealed class JudgeRetries(TimeProvider time, Func<TimeSpan, CancellationToken, Task> wait) : ClientRetryPolicy(MostRetries)
{
    public const int MostRetries = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private int count;
    private volatile bool hasAnswered;

    /// <summary>Tries made again so far, over all requests.</summary>
    public int Count => count;

    protected override ValueTask OnRequestSentAsync(PipelineMessage message)
    {
        hasAnswered |= message.Response is not null;
        return base.OnRequestSentAsync(message);
    }

    protected override ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception) => ValueTask.FromResult(
        !message.CancellationToken.IsCancellationRequested && MayPass(message.Response, exception) && IsAllowed(message));

    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount)
    {
        Interlocked.Increment(ref count);
        var delay = RetryAfter(message.Response) ?? TimeSpan.FromSeconds(Math.Pow(2, tryCount - 1));
        return delay < Longest ? delay : Longest;
    }

    protected override Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken) => wait(delay, cancellationToken);

    private bool MayPass(PipelineResponse? response, Exception? exception)
    {
        if (exception is null) return response?.Status is 408 or 429 or >= 500;
        bool isNobodyThere = exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound };
        return (hasAnswered || !isNobodyThere) && exception is (ClientResultException or HttpRequestException or IOException or OperationCanceledException);
    }

    // The package counts only where it decides itself.
    private static bool IsAllowed(PipelineMessage message)
    {
        int before = message.TryGetProperty(typeof(JudgeRetries), out object? value) && value is int known ? known : 0;
        message.SetProperty(typeof(JudgeRetries), before + 1);
        return before < MostRetries;
    }

    // Seconds or a date (RFC 9110, section 10.2.3).
    private TimeSpan? RetryAfter(PipelineResponse? response)
    {
        if (response is null || !response.Headers.TryGetValue("Retry-After", out string? value)) return null;
        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)) return TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)) return null;
        return date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero;
    }
}
