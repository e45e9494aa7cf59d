namespace LlavaMod.Tests.Recipes;

public class RecipeErrorTests : RecipeFixture
{
    [Fact]
    public void All_errors_are_told_at_once_with_file_line_and_value()
    {
        var yaml = Small.Replace("epochs: 1\n    batch_size: 8\n    micro", "epoch: 1\n    batch_size: 8\n    micro")
            .Replace("temperature: 2", "temprature: hot")
            .Replace("upcycle: {placement: [2, 0]}", "upcycle: {placement: [2, -1], num_experts: 1}")
            .Replace("format: scenes, count: 20", "format: scened, count: 20");
        Errors(yaml).ShouldBe(
        [
            "recipe.yaml has 6 errors:",
            "recipe.yaml:7: data.scenes.format: 'scened' is unknown; did you mean 'scenes'?",
            "recipe.yaml:18: stages.d2d: needs epochs or steps",
            "recipe.yaml:23: stages.d2d.objectives.forward-kl.temprature: unknown key (value hot); did you mean 'temperature'?",
            "recipe.yaml:25: stages.d2d.epoch: unknown key (value 1); did you mean 'epochs'?",
            "recipe.yaml:31: stages.d2s.upcycle.num_experts: expected a whole number >= 2 and <= 256; found 1",
            "recipe.yaml:31: stages.d2s.upcycle.placement: expected every_other, all, first_half, second_half, or a list of layers such as [0, 2]; found [2, -1]",
        ]);
    }

    [Theory]
    [InlineData("seed=abc", "seed: expected a whole number >= 0; found abc")]
    [InlineData("seed='1'", "seed: expected a whole number >= 0; found \"1\"")]
    [InlineData("seed=-1", "seed: expected a whole number >= 0; found -1")]
    [InlineData("seed=99999999999", "seed: expected a whole number >= 0; found 99999999999")]
    [InlineData("seed=[1]", "seed: expected a whole number >= 0; found [1]")]
    [InlineData("precision=fp23", "precision: expected one of fp32, bf16; found fp23; did you mean 'fp32'?")]
    [InlineData("image=big", "image: expected a mapping with the keys size, pad_to_square, features_on_disk; found big")]
    [InlineData("image.pad_to_square=1", "image.pad_to_square: expected true or false; found 1")]
    [InlineData("image.size=100000", "image.size: expected a whole number >= 1 and <= 4096; found 100000")]
    [InlineData("name=null", "name: is required: text")]
    [InlineData("name=../x", "name: '../x' is not a name: use up to 64 letters, digits, '-' and '_', beginning with a letter or digit")]
    [InlineData("stages=[]", "stages: expected a list: at least 1 of a mapping; found []")]
    public void A_wrong_value_says_what_is_allowed(string setting, string message) => Error(setting).ShouldEndWith(message);

    [Fact]
    public void A_stage_without_any_batch_size_says_so() =>
        Errors(Small, "stages.d2d.batch_size=null", "stages.d2d.micro_batch_size=null").ShouldHaveSingleItem().ShouldContain("batch_size: is required");

    [Theory]
    [InlineData("learning_rate=0", "learning_rate: expected a number > 0 and <= 100; found 0")]
    [InlineData("learning_rate=.nan", "learning_rate: expected a number > 0 and <= 100; found .nan")]
    [InlineData("learning_rate=null", "learning_rate: is required: a number > 0 and <= 100")]
    [InlineData("warmup_ratio=1", "warmup_ratio: expected a number >= 0 and < 1; found 1")]
    [InlineData("betas=[0.9, 1]", "betas.1: expected a number >= 0 and < 1; found 1")]
    [InlineData("betas=[0.9]", "betas: expected a list: 2 items, each a number >= 0 and < 1; found [0.9]")]
    [InlineData("batch_size=0", "batch_size: expected a whole number >= 1 and <= 1000000; found 0")]
    [InlineData("micro_batch_size=3", "micro_batch_size: is 3, which does not divide the batch_size 8")]
    [InlineData("parallel_micro_batches=3", "parallel_micro_batches: is 3, more than the batch's 2 micro-batches of 4; lower it or micro_batch_size")]
    [InlineData("packing=2", "packing: expected true or false; found 2")]
    [InlineData("clip=0", "clip: expected a number > 0; found 0")]
    [InlineData("steps=5", "has both epochs and steps; set one to null")]
    [InlineData("epochs=null", "needs epochs or steps")]
    [InlineData("train=[conector]", "train.0: expected one of vision, connector, language, embeddings, attention, norms, ffn, experts, routers, head; found conector; did you mean 'connector'?")]
    [InlineData("train=[connector, connector]", "train: 'connector' stands twice")]
    [InlineData("train=[vision]", "train: the vision tower is shared with 'teach' and frozen; take 'vision' out")]
    [InlineData("train=[experts]", "train: model 'student' is dense here and has no experts or routers; add upcycle, or start from a sparse stage")]
    [InlineData("data=[scene]", "data: there is no dataset 'scene'; did you mean 'scenes'?")]
    [InlineData("data=[{name: scenes, weight: 0}]", "data.scenes.weight: expected a number > 0 and <= 1000; found 0")]
    [InlineData("data=[{name: scenes, limit: 0}]", "data.scenes.limit: expected a whole number >= 1; found 0")]
    [InlineData("data=[{weight: 2}]", "data.0.name: is required: text")]
    [InlineData("data=[scenes, {name: scenes, weight: 2}]", "data: 'scenes' stands twice")]
    [InlineData("data=[pairs]", "data: 'pairs' holds preference pairs, which no objective of this stage reads")]
    [InlineData("start=d2s", "start: stage 'd2s' does not come before this one; move it up, or start from another")]
    [InlineData("start=teach", "start: stage 'teach' trains model 'teacher', not 'student'")]
    [InlineData("start=nothing", "start: 'nothing' is neither an earlier stage nor the stage's own model; allowed: student")]
    [InlineData("teacher=null", "teacher: 'forward-kl' needs a teacher: a model or an earlier stage")]
    [InlineData("teacher_cache=said", "objectives.forward-kl: 'forward-kl' cannot learn from a teacher cache: it needs the teacher's probabilities of all words, and a cache holds those of some; set teacher_cache to null")]
    [InlineData("teacher=teecher", "teacher: 'teecher' is neither a model nor an earlier stage; did you mean 'teacher'?")]
    [InlineData("teacher=d2s", "teacher: stage 'd2s' does not come before this one")]
    [InlineData("teacher=student", "teacher: model 'student' is new and no earlier stage trains it; add such a stage, or give it a path")]
    [InlineData("reference=start", "reference: is 'start', but no objective of this stage compares with a reference; set it to null")]
    [InlineData("objectives=[{name: cross-entropy}]", "teacher: 'teach' teaches nothing here: no objective needs a teacher; set it to null")]
    [InlineData("objectives=[{name: forwardkl}]", "objectives.forwardkl.name: 'forwardkl' is unknown; did you mean 'forward-kl'?")]
    [InlineData("objectives.forward-kl.weight=-1", "objectives.forward-kl.weight: expected a number >= 0 and <= 1000000; found -1")]
    [InlineData("objectives.forward-kl.scope={respond: 1}", "objectives.forward-kl.scope.respond: unknown key (value 1); did you mean 'response'?")]
    [InlineData("objectives.forward-kl.reference=true", "objectives.forward-kl: reference has no temperature, and it is 2; set one of them back")]
    public void A_wrong_stage_says_what_to_change(string setting, string message) =>
        Error($"stages.d2d.{setting}").ShouldEndWith($"stages.d2d{(message[..message.IndexOf(' ')].EndsWith(':') ? "." : ": ")}{message}");

    [Theory]
    [InlineData("stages.d2s.upcycle.top_k=5", "stages.d2s.upcycle.top_k: is 5, more than the 4 experts")]
    [InlineData("stages.preference.upcycle={}", "stages.preference.upcycle: the model is already sparse after stage 'd2s'")]
    [InlineData("stages.preference.reference=null", "stages.preference.reference: 'kto-pair' needs a reference: teacher, start, or the path of a model folder")]
    [InlineData("stages.preference.teacher_cache=said", "stages.preference.teacher_cache: 'kto-pair' reads preference pairs, which are not cached; set teacher_cache to null")]
    [InlineData("stages.teach.teacher_cache=said", "stages.teach.teacher_cache: there is no teacher that it could be a cache of; name it as the stage's teacher, or set teacher_cache to null")]
    [InlineData("stages.preference.teacher=null", "stages.preference.teacher: the reference is the teacher, and there is none; name a model or an earlier stage")]
    [InlineData("stages.preference.data=[scenes]", "stages.preference.data: 'kto-pair' needs preference pairs, and 'scenes' (scenes) holds none")]
    [InlineData("stages.preference.name=d2s", "stages.d2s: 'd2s' names a stage twice; give each its own name")]
    [InlineData("stages.teach.name=teacher", "stages.teacher.name: 'teacher' is also the name of a model; name the stage after what it does, for example 'train-teacher'")]
    [InlineData("stages.preference.model=studnt", "stages.preference.model: there is no model 'studnt'; did you mean 'student'?")]
    [InlineData("stages.d2s.report_as=student-preference", "stages.d2s.report_as: 'student-preference' names a reported model twice; give each its own name")]
    [InlineData("models.student.path=.", "models.student: has a path (a whole model from a folder) and parts of its own; keep one, and set the other to null")]
    [InlineData("models.student.connector=null", "models.student: has vision but no connector, such as mlp2x_gelu")]
    [InlineData("models.student.connector=mlp", "models.student.connector.name: 'mlp' is unknown; allowed: linear, mlp2x_gelu")]
    [InlineData("models.student.vision.from=student", "models.student.vision.from: a model cannot take the tower from itself")]
    [InlineData("models.student.vision={from: d2s}", "models.student.vision.from: a model cannot take the tower from itself")]
    [InlineData("models.student.vision.patch_size=14", "models.student.vision.patch_size: unknown key (value 14); allowed: path, from")]
    [InlineData("models.student.language={}", "models.student.language: needs path, or the settings of a new one (model_type, …)")]
    [InlineData("models.teacher.language={num_hidden_layers: 1}", "models.teacher.language.hidden_size: is required: a whole number >= 1 and <= 65536")]
    [InlineData("tokenizer=null", "tokenizer: is required where no model comes from a folder: {path: FOLDER} or {train: [DATA], vocab_size: N}")]
    [InlineData("tokenizer.path=/", "tokenizer: needs exactly one of path and train; both given")]
    [InlineData("tokenizer.train=[scens]", "tokenizer.train: there is no dataset 'scens'; did you mean 'scenes'?")]
    [InlineData("evaluation={}", "evaluation: measures nothing: give world, exact_match or benchmarks, or set evaluation to null")]
    [InlineData("evaluation={exact_match: {data: pairs}}", "evaluation.exact_match.data: 'pairs' holds preference pairs; exact match needs supervised samples")]
    public void An_impossible_combination_says_what_to_change(string setting, string message) => Error(setting).ShouldEndWith(message);
}
