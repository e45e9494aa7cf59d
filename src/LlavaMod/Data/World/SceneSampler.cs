namespace LlavaMod.Data.World;

/// <summary>
/// Draws the facts of scenes. The kinds are not uniform on purpose: some colours and shapes are more frequent, and an object often echoes
/// another's colour or shape. That gives POPE's popular and adversarial questions something to be about, and counts above one.
/// </summary>
internal static class SceneSampler
{
    private const double EchoChance = 0.3;
    private const int JitterSteps = 8;

    // Of the room that an object has in its cell: enough that no two pictures are equal, little enough that a tiny tower learns shapes in minutes.
    private const double JitterShare = 0.4;

    // By enum value. A kind's weight is the product.
    private static readonly int[] ColourWeights = [3, 2, 3, 2, 2, 2];
    private static readonly int[] ShapeWeights = [3, 3, 2, 2, 2];
    private static readonly ObjectKind[] Urn = [.. ObjectKind.Seen.SelectMany(kind => Enumerable.Repeat(kind, Weight(kind)))];

    /// <summary>Scene <paramref name="index"/> of a split: the first draw of its own stream that belongs there.</summary>
    public static Scene Draw(long seed, WorldSplit split, long index)
    {
        var random = new WorldRandom(seed, WorldStream.Scene, split, index);
        while (true)
        {
            var objects = DrawObjects(split, random);
            if (Scene.SplitOf(objects) == split)
                return new Scene(split, index, objects, random.Next());
        }
    }

    private static SceneObject[] DrawObjects(WorldSplit split, WorldRandom random)
    {
        var count = Scene.MinObjects + random.Below(Scene.MaxObjects - Scene.MinObjects + 1);
        var kinds = DrawKinds(count, random);
        if (split == WorldSplit.HeldOut)
            kinds[random.Below(count)] = random.Pick(ObjectKind.HeldOut);

        Span<int> cells = stackalloc int[Scene.GridSide * Scene.GridSide];
        for (var cell = 0; cell < cells.Length; cell++)
            cells[cell] = cell;
        random.Shuffle(cells);
        var chosen = cells[..count];
        chosen.Sort(); // cell order is reading order

        var objects = new SceneObject[count];
        for (var i = 0; i < count; i++)
            objects[i] = Place(kinds[i], chosen[i], random);
        return objects;
    }

    private static ObjectKind[] DrawKinds(int count, WorldRandom random)
    {
        var kinds = new ObjectKind[count];
        var used = 0u;
        for (var i = 0; i < count;)
        {
            var kind = i > 0 && random.Chance(EchoChance) ? Echo(kinds[random.Below(i)], random) : random.Pick(Urn);
            if (kind.IsHeldOut || (used & kind.Bit) != 0)
                continue;
            kinds[i++] = kind;
            used |= kind.Bit;
        }

        // An echo comes after what it echoes; shuffled, so that the reading order does not show it.
        random.Shuffle(kinds.AsSpan());
        return kinds;
    }

    private static ObjectKind Echo(ObjectKind kind, WorldRandom random) => random.Coin()
        ? kind with { Shape = (Shape)random.Below(ObjectKind.ShapeCount) }
        : kind with { Colour = (Colour)random.Below(ObjectKind.ColourCount) };

    /// <summary>Near the middle of its cell, clear of the cell's border, so objects never touch.</summary>
    private static SceneObject Place(ObjectKind kind, int cell, WorldRandom random)
    {
        var size = random.Coin() ? ObjectSize.Small : ObjectSize.Large;
        var (row, column) = (cell / Scene.GridSide, cell % Scene.GridSide);
        var room = (0.5 / Scene.GridSide) - SceneRenderer.RadiusOf(size) - SceneRenderer.Margin;
        return new SceneObject(kind, size, row, column, Centre(column, room, random), Centre(row, room, random));
    }

    private static double Centre(int cell, double room, WorldRandom random) =>
        ((cell + 0.5) / Scene.GridSide) + (JitterShare * room * (random.Below((2 * JitterSteps) + 1) - JitterSteps) / JitterSteps);

    private static int Weight(ObjectKind kind) => ColourWeights[(int)kind.Colour] * ShapeWeights[(int)kind.Shape];
}
