namespace LlavaMod.Training;

/// <summary>A run cannot go on: a loss or gradient that is not finite, frozen weights that moved. The message names step, samples and objective.</summary>
public sealed class TrainingFailedException(string message) : Exception(message);
