namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// The connection to a judge: takes replies of bounded size only, goes where it was told to and to no other place that a server names, and sends no
/// Authorization where there is no key.
/// </summary>
internal sealed class JudgeConnection : DelegatingHandler
{
    /// <summary>A reply is a few thousand tokens; no server has a reason to send more.</summary>
    public const int MostBytes = 4 << 20;

    private readonly JudgeOptions options;

    private JudgeConnection(JudgeOptions options)
        : base(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = !options.Url.IsLoopback }) => this.options = options;

    /// <summary>A client over such a connection; the time that a request may take is not its business.</summary>
    public static HttpClient Client(JudgeOptions options) => new(new JudgeConnection(options)) { Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (options.Key is null) request.Headers.Authorization = null;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            await response.Content.LoadIntoBufferAsync(MostBytes, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            response.Dispose();
            throw new UserError($"the judge at {options.Url} sends more than {MostBytes >> 20} MB for one reply; is it a server of chat completions?", exception);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
