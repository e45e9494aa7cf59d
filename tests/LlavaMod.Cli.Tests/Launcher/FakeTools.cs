namespace LlavaMod.Cli.Tests.Launcher;

/// <summary>The commands of a machine that has everything, and root.</summary>
internal static class FakeTools
{
    public const string NotRoot = "echo 1000";

    /// <summary>Builds a program that says how it was called; runs it; "tests" by writing one result file a line of $RESULTS.</summary>
    private const string Dotnet = """
        case $1 in
          --list-sdks) echo '10.0.100 [/sdk]' ;;
          publish)
            [[ -z ${BUILD_FAILS:-} ]] || { echo 'Program.cs(1,1): error CS1002'; exit 1; }
            sleep "${BUILD_SECONDS:-0}"
            while [[ $1 != -o ]]; do shift; done
            echo built >"$2/LlavaMod.Cli.dll" ;;
          build)
            [[ -z ${BUILD_FAILS:-} ]] || { echo 'Program.cs(1,1): error CS1002'; exit 1; } ;;
          test)
            while [[ $1 != --results-directory ]]; do shift; done
            count=0
            while read -r counters; do echo "<TestRun><Counters $counters /></TestRun>" >"$2/$((count++)).trx"; done <<<"${RESULTS:-}"
            exit "${TESTS_EXIT:-0}" ;;
          *.dll)
            echo "ran ${*:2}"
            while [[ -n ${RUN_UNTIL:-} && ! -e $RUN_UNTIL ]]; do sleep 0.02; done
            [[ -e $1 ]] && echo 'still there'
            exit "${RUN_EXIT:-0}" ;;
        esac
        """;

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["dotnet"] = Dotnet,
        ["g++"] = "",
        ["id"] = "echo 0",
        ["sudo"] = "exit 1",
        ["apt-get"] = "",
        ["ldconfig"] = "echo libopenblas.so.0 libturbojpeg.so.0 libpng16.so.16 libwebp.so.7",
    };
}
