using LlavaMod.Generation;
using Microsoft.Extensions.AI;

using IChatClient client = new ChatClient(ChatModel.Load("runs/quickstart/models/preference"));
var picture = new DataContent(File.ReadAllBytes("shapes/images/validation-000000.png"), "image/png");
List<ChatMessage> messages = [new(ChatRole.User, [picture, new TextContent("Describe the image.")])];
var options = new ChatOptions { MaxOutputTokens = 64 };
await foreach (var update in client.GetStreamingResponseAsync(messages, options)) Console.Write(update.Text);
Console.WriteLine();
