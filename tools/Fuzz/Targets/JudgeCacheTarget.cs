using System.Text.Json;
using LlavaMod.Evaluation.Judges;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>What a judge said, as its cache keeps it: what loads can be written as reviews of every benchmark, and is loaded again.</summary>
[FuzzTarget("judge-cache", Summary = "a judge's replies on disk")]
public sealed class JudgeCacheTarget : FuzzTarget
{
    private const string File = "a.judge-cache";

    private static readonly Rubric[] Rubrics = [new MmHalRubric(), new LlavaBenchRubric(), new MmVetRubric()];

    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 1 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        string path = sandbox[File];
        using var again = JudgeCache.Open(sandbox["again"]);
        using (var cache = JudgeCache.Open(path))
        {
            foreach (string key in (string[])["aa", "bb"])
            {
                if (cache.Find(key) is not { } completion) continue;
                var reply = new JudgeReply(new JudgeRequest(key, "?", 0, 8), completion);
                foreach (var rubric in Rubrics) rubric.Write(Stream.Null, [reply], $"{reply.PromptTokens}");
                again.Add(key, completion);
            }
        }
        JudgeCache.Open(path).Dispose();
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (string text in (string[])["Fine.\nRating: 5", "8 6.5\nBoth are right.", "0.9"])
        {
            yield return Specimen.Written(folder =>
            {
                using var cache = JudgeCache.Open(Path.Combine(folder, File));
                foreach (string key in (string[])["aa", "bb"])
                    cache.Add(key, JsonSerializer.SerializeToElement(new { id = "c", choices = new[] { new { message = new { role = "assistant", content = text } } }, usage = new { prompt_tokens = 100, completion_tokens = 10 } }));
            });
        }
    }
}
