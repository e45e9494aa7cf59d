using LlavaMod.Fuzz;
using LlavaMod.Fuzz.Processes;

namespace LlavaMod.Tests.Fuzzing;

/// <summary>
/// Every reader of files over mutants of valid ones, always the same: each loads or is refused with a typed error, within its limits of time and
/// memory, without a look outside its folder. <c>./llavamod fuzz</c> goes on with others.
/// </summary>
public sealed class FuzzTests(FuzzTests.Worker worker) : IClassFixture<FuzzTests.Worker>
{
    private const int Seed = 1;
    private const int InAll = 20_000;

    private static readonly int EachTarget = (InAll / FuzzTarget.All.Count) + 1;

    public static TheoryData<string> Targets => new(FuzzTarget.All.Select(target => target.Name));

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Every_mutant_loads_or_gives_a_typed_error(string name)
    {
        var target = FuzzTarget.All.Single(target => target.Name == name);
        var outcome = await worker.Process.Run(target, Seed, 0, EachTarget);
        outcome.Failures.ShouldBeEmpty($"./llavamod fuzz --target {name} --seed {Seed} saves the mutants");
        outcome.Count.ShouldBe(EachTarget);
        // Of mutants that are all broken, or all as good as before, nothing is learnt.
        outcome.Loaded.ShouldBeGreaterThan(EachTarget / 50);
        outcome.Refused.ShouldBeGreaterThan(EachTarget / 10);
    }

    [Fact]
    public void A_number_always_gives_the_same_mutant()
    {
        foreach (var target in FuzzTarget.All)
            Written(target, Seed, 17).ShouldBe(Written(target, Seed, 17));
        FuzzTarget.All.Count(target => Written(target, Seed, 17) == Written(target, Seed + 1, 17)).ShouldBeLessThan(3);
    }

    [Fact]
    public void The_documented_commands_are_understood()
    {
        var commands = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "CONTRIBUTING.md")).Where(line => line.StartsWith("./llavamod fuzz ", StringComparison.Ordinal)).ToArray();
        commands.ShouldNotBeEmpty();
        foreach (var command in commands)
            FuzzCommand.Create().Parse(command.Split('#')[0]["./llavamod fuzz ".Length..]).Errors.ShouldBeEmpty(command);
    }

    private static string Written(FuzzTarget target, int seed, long number) =>
        string.Concat(Mutants.Of(target, seed, number).Files.Select(file => file.Name + Convert.ToHexString(file.Bytes)));

    /// <summary>One process for all targets: only what a mutant kills is started again.</summary>
    public sealed class Worker : IDisposable
    {
        public WorkerProcess Process { get; } = new();

        public void Dispose() => Process.Dispose();
    }
}
