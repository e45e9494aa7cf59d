namespace LlavaMod.Data.World;

/// <summary>How the absent objects of POPE's questions are chosen (Li et al. 2023, "Evaluating Object Hallucination in LVLMs").</summary>
public enum PopeSetting
{
    /// <summary>Any absent kind.</summary>
    Random,

    /// <summary>One of the three absent kinds that are most frequent in training.</summary>
    Popular,

    /// <summary>One of the three absent kinds that most often occur together with what the scene shows; here they share its colours and shapes.</summary>
    Adversarial,
}
