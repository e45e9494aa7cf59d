using System.Reflection;
using System.Reflection.Emit;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Recipes;

public class CatalogTests
{
    private static readonly CatalogEntry HelloEntry = Catalog<IGreeting>.Scan([typeof(Hello), typeof(string)]).ShouldHaveSingleItem();

    static CatalogTests() => Catalog.Register(AssemblyWithPing());

    [Fact]
    public void An_entry_tells_its_name_class_options_and_summary()
    {
        HelloEntry.Name.ShouldBe("hello");
        HelloEntry.Type.ShouldBe(typeof(Hello));
        HelloEntry.OptionsType.ShouldBe(typeof(Hello.Options));
        HelloEntry.Summary.ShouldBe("Says hello.");
    }

    [Fact]
    public void Options_reach_the_part_and_default_where_none_are_given()
    {
        ((IGreeting)HelloEntry.Create(new Hello.Options { Whom = "you" })).Say().ShouldBe("hello you");
        ((IGreeting)HelloEntry.Create()).Say().ShouldBe("hello world");
    }

    [Fact]
    public void Options_of_another_part_are_refused() =>
        Should.Throw<ArgumentException>(() => HelloEntry.Create("you")).Message.ShouldContain("Options");

    [Fact]
    public void Parts_of_a_registered_assembly_are_found()
    {
        Catalog<IGreeting>.Entries.Select(entry => entry.Name).ShouldBe(["ping"]);
        Catalog<IGreeting>.Create("ping").Say().ShouldBe("ping");
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest() =>
        Should.Throw<UserError>(() => Catalog<IGreeting>.Create("pnig")).Message.ShouldBe("unknown greeting 'pnig'; did you mean 'ping'?");

    [Fact]
    public void An_unknown_name_that_is_near_nothing_is_answered_with_all() =>
        Should.Throw<UserError>(() => Catalog<IGreeting>.Create("goodbye")).Message.ShouldEndWith("allowed: ping");

    [Fact]
    public void A_name_with_a_number_is_a_family_of_names()
    {
        var entry = Catalog<Counter>.Scan([typeof(Counter)]).ShouldHaveSingleItem();
        entry.Names.ShouldBe(["count2times", "count3times", "count4times"]);
        ((Counter)entry.For("count3times")!.Create()).Times.ShouldBe(3);
        ((Counter)entry.Create()).Times.ShouldBe(2);
        entry.For("count5times").ShouldBeNull();
        entry.For("countNtimes").ShouldBeNull();
    }

    [Fact]
    public void A_family_of_names_needs_a_constructor_for_its_number() =>
        Should.Throw<InvalidOperationException>(() => Catalog<Numberless>.Scan([typeof(Numberless)])).Message.ShouldContain("with a number first");

    [Fact]
    public void Two_classes_of_one_name_are_refused() =>
        Should.Throw<InvalidOperationException>(() => Catalog<IGreeting>.Scan([typeof(Hello), typeof(Hello)])).Message.ShouldContain("both named 'hello'");

    [Fact]
    public void A_class_that_cannot_take_its_options_is_refused() =>
        Should.Throw<InvalidOperationException>(() => Catalog<Deaf>.Scan([typeof(Deaf)])).Message.ShouldContain("parameter Options");

    /// <summary>What another library would bring: a class <c>Ping : Greeting</c> named "ping".</summary>
    private static Assembly AssemblyWithPing()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Ping"), AssemblyBuilderAccess.Run);
        var type = assembly.DefineDynamicModule("Ping").DefineType("Ping", TypeAttributes.Public, typeof(PingBase));
        var attribute = typeof(TestParts.NamedAttribute);
        type.SetCustomAttribute(new CustomAttributeBuilder(
            attribute.GetConstructors()[0], ["ping"], [attribute.GetProperty("Summary")!], ["Says ping."]));
        type.CreateType();
        return assembly;
    }

    public interface IGreeting
    {
        string Say();
    }

    public abstract class PingBase : IGreeting
    {
        public string Say() => "ping";
    }

    [TestParts.Named("hello", Summary = "Says hello.")]
    public sealed class Hello(Hello.Options options) : IGreeting
    {
        public string Say() => $"hello {options.Whom}";

        public sealed record Options
        {
            public string Whom { get; init; } = "world";
        }
    }

    [TestParts.Named("deaf", Summary = "Takes no options although it has some.")]
    public sealed class Deaf
    {
        public sealed record Options;
    }

    [TestParts.Named("countNtimes", From = 2, To = 4, Summary = "Counts.")]
    public sealed class Counter(int times)
    {
        public int Times => times;
    }

    [TestParts.Named("countNtimes", From = 2, To = 4, Summary = "Counts.")]
    public sealed class Numberless;
}
