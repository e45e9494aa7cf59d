using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind distill-align: LLaVA-MoD's AlignTrainer on given logits. Its loss is composed here of our objectives in reference mode: align +
/// language modelling (kd_lm only) + balance, where the language-modelling loss of a sparse student already holds the balance loss.
/// </summary>
public sealed class GoldenAlignTests
{
    private const double Absent = -1;

    [GoldenTheory("distill-align")]
    [MemberData(nameof(GoldenCases.OfKind), "distill-align", MemberType = typeof(GoldenCases))]
    public void Mimic_losses_and_gradients_are_those_of_the_reference(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var variants = golden.Parameters.GetProperty("variants").EnumerateObject().ToList();
        variants.ShouldNotBeEmpty();
        foreach (var variant in variants)
        {
            using var scope = new TensorScope();
            Compare(golden, variant.Name, variant.Value);
        }
    }

    private static void Compare(GoldenTensors golden, string variant, JsonElement settings)
    {
        var student = golden[variant.EndsWith("_inf", StringComparison.Ordinal) ? "in.student_logits_inf" : "in.student_logits"].Clone().RequireGrad();
        var balance = golden["in.moe_loss"].Clone().RequireGrad();
        var batch = new Batch(student, golden["in.teacher_logits"], golden["in.labels"]);
        bool sparse = settings.Is("moe_enable"), balanced = sparse && settings.Is("moe_loss_enable");

        var align = batch.Align(settings.Is("distill_all") ? TokenScope.All : TokenScope.Response);
        var language = sparse ? batch.Language() + balance : batch.Language();
        var loss = settings.GetProperty("loss_type").GetString() switch
        {
            "only_kd" => align,
            "kd_lm" => align + language,
            var other => throw new NotSupportedException($"loss_type {other}"),
        };
        if (balanced) loss = loss + balance;

        golden.ShouldMatch($"out.{variant}.loss", loss);
        golden.ShouldMatch($"out.{variant}.align", align);
        golden.ShouldMatch($"out.{variant}.moe_balance", balanced ? balance : Create.Scalar(Absent));
        if (golden.Contains($"out.{variant}.lm")) golden.ShouldMatch($"out.{variant}.lm", language);
        loss.Backward();
        golden.ShouldMatch($"out.{variant}.grad_student_logits", student.Grad()!);
        if (golden.Contains($"out.{variant}.grad_moe_loss")) golden.ShouldMatch($"out.{variant}.grad_moe_loss", balance.Grad()!);
    }

    private sealed record Batch(Tensor Student, Tensor Teacher, Tensor Labels)
    {
        public Tensor Align(TokenScope scope) => Mean(new ForwardKl(new() { Reference = true }), scope);

        public Tensor Language() => Mean(new CrossEntropy(new()), TokenScope.Response);

        private Tensor Mean(TokenObjective objective, TokenScope scope)
        {
            var labels = Labels.ToArray<long>();
            var kinds = Array.ConvertAll(labels, label => label == TokenPositions.NoTarget ? TokenKind.Padding : TokenKind.Response);
            // The word before a response is not padding, though the labels do not tell.
            if (objective.Shifted) kinds = Array.ConvertAll(kinds, kind => kind == TokenKind.Padding ? TokenKind.Prompt : kind);
            var chosen = TokenPositions.Select(
                kinds, labels, (int)Labels.Size(1), scope, objective.Shifted, scope == TokenScope.All && objective.IncludesPadding);
            var indices = Tensor.From(chosen.Indices, chosen.Count);
            var logits = new TokenLogits(
                Student.Reshape(-1, Student.Size(-1)).IndexSelect(0, indices),
                Teacher.Reshape(-1, Teacher.Size(-1)).IndexSelect(0, indices),
                Tensor.From(chosen.Targets, chosen.Count));
            return objective.PerToken(logits).Mean();
        }
    }
}
