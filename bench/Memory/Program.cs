// The memory that `llavamod plan` expects beside the memory that training then takes, for every stage of a recipe.
//   dotnet run -c Release --project bench/Memory                              the toy recipe's stages, 20 steps each
//   dotnet run -c Release --project bench/Memory real [SETTING ...]           at real widths, 2 steps each: about 10 GB, and 3 GB in the temporary folder
//   dotnet run -c Release --project bench/Memory RECIPE [SETTING ...]         any recipe; a setting such as precision=bf16
// Run it in the repository's root. "tensors" is what the plan is about; "process" is the kernel's figure, libraries and managed memory included.
using System.Globalization;
using LlavaMod.Bench.Memory;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Stages.Planning;

const string Toy = "recipes/toy/quickstart.yaml", Real = "bench/Memory/real.yaml";
const int ToySteps = 20;
string folder = Directory.CreateTempSubdirectory("memory").FullName;
try
{
    var recipe = Load(args.FirstOrDefault() ?? "toy", [.. args.Skip(1)]);
    StagePlan[] plan;
    using (var planning = new RecipePlan(recipe, Console.WriteLine)) plan = [.. planning.Stages()];
    var watch = new PeakWatch();
    using (var run = RunFolder.Create(Path.Combine(folder, "run"), recipe)) new Pipeline(recipe, run, watch).Execute(CancellationToken.None);
    Console.WriteLine($"{"MiB",-20}{"plan",10}{"tensors",10}{"plan/tensors",14}{"process",10}");
    foreach (var stage in plan)
    {
        var (tensors, process) = watch.Peaks[stage.Name];
        double ratio = stage.Memory.Total / tensors;
        Console.WriteLine($"{stage.Name,-20}{MiB(stage.Memory.Total),10}{MiB(tensors),10}{ratio.ToString("0.00", CultureInfo.InvariantCulture),14}{MiB(process),10}");
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

Recipe Load(string what, string[] settings)
{
    var loader = new RecipeLoader(LibraryParts.All);
    switch (what)
    {
        case "toy":
            var names = loader.Load(Toy, []).Stages.Select(stage => stage.Name);
            return loader.Load(Toy, [.. names.Select(name => $"stages.{name}.steps={ToySteps}"), "evaluation=null", .. settings]);
        case "real":
            string teacher = Make("teacher", RealModels.Teacher), student = Make("student", RealModels.Student);
            return loader.Load(Real, [$"models.teacher.path={teacher}", $"models.student.language.path={student}", .. settings]);
        default:
            return loader.Load(what, settings);
    }
}

string Make(string name, LlavaConfig config)
{
    string path = Path.Combine(folder, name);
    using var model = Llava.Build(config, new RandomParameters(1));
    ModelFolder.Save(model, path);
    return path;
}

static string MiB(double bytes) => (bytes / (1 << 20)).ToString("0.0", CultureInfo.InvariantCulture);
