namespace LlavaMod.Stages.Planning;

/// <summary>A setting that makes a stage take less memory, together with those before it.</summary>
/// <param name="Setting">As <c>--set</c> takes it: stages.d2d.activation_checkpointing=true.</param>
/// <param name="Bytes">What the stage then takes.</param>
public sealed record MemoryChange(string Setting, double Bytes);
