using System.Text;
using System.Text.Json;

namespace LlavaMod.Data.Formats;

/// <summary>
/// The conversations that chat trainers pass around: <c>messages</c> of <c>{role, content}</c> or ShareGPT's <c>conversations</c> of
/// <c>{from, value}</c>, with either set of names for who speaks. A content may be text or a list of parts,
/// <c>{type: text, text}</c> and <c>{type: image, image}</c>.
/// </summary>
internal static class MessageTurns
{
    /// <summary>The turns, and the images that parts of them name.</summary>
    /// <param name="row">The row.</param>
    /// <param name="leaveOutSystem">Whether a system turn at the start is left out rather than refused.</param>
    /// <exception cref="RowException">There is no conversation that alternates and ends with an answer.</exception>
    public static (Turn[] Turns, List<string> Images) Read(JsonElement row, bool leaveOutSystem)
    {
        var field = row.TryGetProperty("messages", out var list) ? "messages" : "conversations";
        if (field == "conversations" && !row.TryGetProperty(field, out list))
            throw new RowException("neither messages nor conversations");
        var elements = ConversationRow.Elements(list, field);
        var images = new List<string>();
        var turns = new List<Turn>();
        for (var i = 0; i < elements.Length; i++)
        {
            var where = $"turn {i + 1} of {field}";
            if (RoleOf(elements[i], where) is not { } role)
            {
                if (i > 0 || !leaveOutSystem)
                    throw new RowException($"{where} is of the system{(i == 0 ? ", and a template has a text of its own for it; leave_out_system leaves it out" : "; only the first may be")}");
                continue;
            }
            var expected = turns.Count % 2 == 0 ? Role.Human : Role.Assistant;
            if (role != expected)
                throw new RowException($"{where} is from {Word(role)}; expected {Word(expected)}: turns alternate, user first");
            turns.Add(new Turn(role, Text(elements[i], where, images)));
        }
        return turns is [.., { Role: Role.Assistant }]
            ? ([.. turns], images)
            : throw new RowException($"{field} ends with a turn of the user: no answer to learn");
    }

    private static string Word(Role role) => role == Role.Human ? "user" : "assistant";

    // Null stands for the system.
    private static Role? RoleOf(JsonElement turn, string where)
    {
        if (turn.ValueKind != JsonValueKind.Object)
            throw new RowException($"{where} is {ConversationRow.Kind(turn)}; expected {{role, content}} or {{from, value}}");
        var named = turn.TryGetProperty("role", out var role) || turn.TryGetProperty("from", out role);
        var name = named && role.ValueKind == JsonValueKind.String ? role.GetString()! : "";
        return name switch
        {
            "user" or "human" => Role.Human,
            "assistant" or "gpt" => Role.Assistant,
            "system" => null,
            _ => throw new RowException($"{where} has the unknown role '{name}'; allowed: user, assistant, system, human, gpt"),
        };
    }

    private static string Text(JsonElement turn, string where, List<string> images)
    {
        if (!turn.TryGetProperty("content", out var content) && !turn.TryGetProperty("value", out content))
            throw new RowException($"{where} has no text: content is missing");
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => Parts(content, where, images),
            _ => throw new RowException($"{where} has no text: content is {ConversationRow.Kind(content)}"),
        };
        return text.Length > 0 ? text : throw new RowException($"{where} is empty");
    }

    private static string Parts(JsonElement parts, string where, List<string> images)
    {
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
        {
            var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;
            if (type == "text" && part.TryGetProperty("text", out var words) && words.ValueKind == JsonValueKind.String)
                text.Append(words.GetString());
            else if (type == "image")
                text.Append(ConversationRow.Placeholder);
            else
                throw new RowException($"{where} has a part that is neither {{type: text, text}} nor {{type: image}}");
            if (type == "image" && part.TryGetProperty("image", out var name))
                images.Add(ConversationRow.Name(name));
        }
        return text.ToString();
    }
}
