using LlavaMod.Recipes;

namespace LlavaMod.Tests.Recipes;

/// <summary>A small valid recipe, and ways to load variations of it.</summary>
public abstract class RecipeFixture : IDisposable
{
    protected const string Small = """
        name: small
        tokenizer: {train: [scenes]}
        models:
          teacher: {language: {hidden_size: 32}, vision: {hidden_size: 32}, connector: mlp2x_gelu}
          student: {language: {hidden_size: 16}, vision: {from: teacher}, connector: linear}
        data:
          scenes: {format: scenes, count: 20}
          pairs: {format: scenes, content: preference}
        stages:
          - name: teach
            model: teacher
            train: [vision, connector, language]
            data: [scenes]
            objectives: [{name: cross-entropy}]
            learning_rate: 1e-3
            steps: 10
            batch_size: 8
          - name: d2d
            model: student
            teacher: teacher
            train: [connector, language]
            data: [scenes]
            objectives: [{name: forward-kl, temperature: 2}]
            learning_rate: 1e-3
            epochs: 1
            batch_size: 8
            micro_batch_size: 4
          - name: d2s
            model: student
            teacher: teacher
            upcycle: {placement: [2, 0]}
            train: [connector, ffn, experts, routers]
            data: [scenes]
            objectives: [{name: forward-kl}, {name: load-balance, weight: 0.01}]
            learning_rate: 1e-3
            epochs: 1
            batch_size: 8
          - name: preference
            model: student
            teacher: teacher
            reference: teacher
            train: [experts, routers]
            data: [pairs]
            objectives: [{name: kto-pair}]
            learning_rate: 1e-4
            epochs: 1
            batch_size: 8
            report_as: student-preference
        """;

    protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Recipe Load(string yaml, params string[] overrides) =>
        new RecipeLoader(TestParts.All).Load(Folder.Write("recipe.yaml", yaml), overrides);

    /// <summary>The error lines of a recipe, without the folder's path.</summary>
    protected string[] Errors(string yaml, params string[] overrides)
    {
        var message = Should.Throw<UserError>(() => Load(yaml, overrides)).Message;
        return [.. message.Replace(Folder.Path + Path.DirectorySeparatorChar, "").Split('\n')];
    }

    /// <summary>The one error of the small recipe with these overrides, from the key path on.</summary>
    protected string Error(params string[] overrides)
    {
        var line = Errors(Small, overrides).ShouldHaveSingleItem();
        foreach (var setting in overrides)
            line = line.Replace($"--set {setting}: ", "");
        return line;
    }
}
