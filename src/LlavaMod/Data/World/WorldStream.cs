namespace LlavaMod.Data.World;

/// <summary>What random numbers are drawn for. Each purpose has its own stream, so that one can change without moving the others.</summary>
internal enum WorldStream
{
    /// <summary>The facts of a scene.</summary>
    Scene,

    /// <summary>The questions of a training sample.</summary>
    Questions,

    /// <summary>The planted hallucination of a preference pair.</summary>
    Preference,

    /// <summary>Wrong labels in training text.</summary>
    LabelNoise,

    /// <summary>The items of the benchmark.</summary>
    Benchmark,
}
