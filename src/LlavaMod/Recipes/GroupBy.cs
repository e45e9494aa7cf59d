namespace LlavaMod.Recipes;

/// <summary>Which samples stand together in a batch.</summary>
public enum GroupBy
{
    /// <summary>Any.</summary>
    None,

    /// <summary>Samples with images or samples without, of similar length.</summary>
    ModalityLength,
}
