using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LlavaMod.Tests.Evaluation.Judges;

/// <summary>A server of chat completions on this machine that says what a test wants.</summary>
internal sealed class ScriptedJudge : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<string, Answer> script;
    private readonly Task serving;

    /// <summary>What the server answers to one request.</summary>
    public sealed record Answer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
    {
        /// <summary>Closes the connection before the body ends.</summary>
        public bool Breaks { get; init; }

        /// <summary>Never ends its body.</summary>
        public bool IsEndless { get; init; }
    }

    /// <param name="script">The answer to a prompt.</param>
    public ScriptedJudge(Func<string, Answer> script)
    {
        this.script = script;
        int port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        Url = new Uri($"http://127.0.0.1:{port}/v1");
        serving = Serve();
    }

    /// <summary>A judge that says the same kind of thing whatever it is asked.</summary>
    public ScriptedJudge(Func<string, string> reply)
        : this(prompt => Says(reply(prompt)))
    {
    }

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>The requests that came, as JSON, with their path and Authorization.</summary>
    public ConcurrentQueue<(string Path, string? Authorization, JsonElement Body)> Requests { get; } = [];

    /// <summary>A chat completion of 100 tokens in, 10 out.</summary>
    public static Answer Says(string? text) => Json(200, new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        model = "judge-0613",
        choices = new[] { new { index = 0, message = new { role = "assistant", content = text }, finish_reason = "stop" } },
        usage = new { prompt_tokens = 100, completion_tokens = 10, total_tokens = 110 },
    });

    /// <summary>An error as OpenAI's servers send it.</summary>
    public static Answer Refuses(int status, string message, params (string Name, string Value)[] headers) =>
        Json(status, new { error = new { message, type = "error" } }) with { Headers = headers };

    public void Dispose()
    {
        listener.Close();
        serving.GetAwaiter().GetResult();
    }

    private static Answer Json(int status, object body) => new(status, JsonSerializer.SerializeToUtf8Bytes(body));

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            try
            {
                _ = Answering(await listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Answering(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = JsonElement.Parse(await reader.ReadToEndAsync());
            Requests.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["Authorization"], body));
            await Write(context.Response, script(body.GetProperty("messages")[0].GetProperty("content").GetString()!));
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The other side has gone.
        }
    }

    private static async Task Write(HttpListenerResponse response, Answer answer)
    {
        response.StatusCode = answer.Status;
        response.ContentType = "application/json";
        foreach (var (name, value) in answer.Headers) response.AddHeader(name, value);
        if (answer.IsEndless) response.SendChunked = true;
        if (answer.Breaks) response.ContentLength64 = answer.Body.Length + 1;
        do await response.OutputStream.WriteAsync(answer.Body);
        while (answer.IsEndless);
        if (answer.Breaks) response.Abort();
        else response.Close();
    }
}
