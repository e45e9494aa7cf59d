using System.Text;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A recipe and the one that it extends.</summary>
[FuzzTarget("recipe", Summary = "recipe YAML")]
public sealed class RecipeTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 16 << 20;

    /// <inheritdoc/>
    public override bool MayLeaveItsFolder => true;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => new RecipeLoader(LibraryParts.All) { PathsMustExist = false }.Load(sandbox["recipe.yaml"]).ToYaml();

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        var own = "extends: base.yaml\nname: own\nstages:\n  - {name: d2d, learning_rate: 2e-3}\n  - name: last\n    model: student\n    train: [language]\n"
            + "    data: [words]\n    objectives: [{name: cross-entropy}]\n    learning_rate: 1e-4\n    steps: 3\n    batch_size: 4\n";
        yield return new Specimen([new SpecimenFile("recipe.yaml", Encoding.UTF8.GetBytes(own)), new SpecimenFile("base.yaml", Encoding.UTF8.GetBytes(Base))]);
        yield return new Specimen("recipe.yaml", Base);
    }

    private const string Base = """
        # a recipe of its own
        name: base
        tokenizer: {train: [words]}
        models:
          teacher:
            language: &small {hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4}
            vision: {hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4, patch_size: 14, image_size: 56}
            connector: mlp2x_gelu
          student: {language: *small, vision: {from: teacher}, connector: linear}
        data:
          words: {format: world, count: 20}
          rows: {format: llava, path: rows.json, images: images.zip, limit: 10}
        stages:
          - name: teach
            model: teacher
            train: [vision, connector, language]
            data: [words]
            objectives: [{name: cross-entropy}]
            learning_rate: 1e-3
            steps: 10
            batch_size: 8
          - name: d2d
            model: student
            teacher: teacher
            train: [connector, language]
            data: [words]
            objectives:
              - {name: forward-kl, temperature: 2}
            learning_rate: 1e-3
            epochs: 1
            batch_size: 8
            micro_batch_size: 4
        """;
}
