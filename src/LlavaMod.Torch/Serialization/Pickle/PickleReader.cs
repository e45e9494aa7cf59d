using System.Runtime.InteropServices;
using static LlavaMod.Torch.Serialization.Pickle.PickleOpcode;

namespace LlavaMod.Torch.Serialization.Pickle;

/// <summary>
/// A pickle machine that can do little: it builds texts, numbers, tuples, lists and dictionaries, and hands names to a world that knows a few.
/// No name is looked up anywhere else, so that no code can run. Any other opcode is refused by its name.
/// </summary>
internal sealed class PickleReader
{
    private const int MostOperations = 2_000_000; // a tensor of a checkpoint takes about 35
    private const int NewestProtocol = 5;

    private readonly PickleInput input;
    private readonly IPickleWorld world;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = []; // heights of the stack
    private readonly List<object?> memo = [];

    private PickleReader(PickleInput input, IPickleWorld world) => (this.input, this.world) = (input, world);

    /// <summary>The value that a pickle builds.</summary>
    /// <param name="where">What messages name.</param>
    /// <param name="bytes">The pickle.</param>
    /// <param name="world">What its names mean.</param>
    /// <exception cref="InvalidDataException">It is damaged, too long, or asks for what is not allowed.</exception>
    public static object? Read(string where, byte[] bytes, IPickleWorld world) => new PickleReader(new PickleInput(where, bytes), world).Run();

    private object? Run()
    {
        for (int done = 0; done < MostOperations; done++)
        {
            var opcode = (PickleOpcode)input.Byte();
            if (opcode == Stop) return stack.Count == 1 && marks.Count == 0 ? stack[0] : throw input.Bad($"it ends with {stack.Count} values instead of one");
            if (!TryPush(opcode) && !TryCollect(opcode) && !TryRemember(opcode)) Act(opcode);
        }
        throw input.Bad($"it has more than {MostOperations} operations");
    }

    // What puts a value on the stack that is written out after the opcode.
    private bool TryPush(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case None: stack.Add(null); return true;
            case NewTrue: stack.Add(true); return true;
            case NewFalse: stack.Add(false); return true;
            case BinInt: stack.Add(input.Int32()); return true;
            case BinInt1: stack.Add((long)input.Byte()); return true;
            case BinInt2: stack.Add(input.UInt16()); return true;
            case Long1: stack.Add(input.Long(input.Byte())); return true;
            case BinFloat: stack.Add(input.Double()); return true;
            case BinUnicode: stack.Add(input.String((ulong)input.UInt32())); return true;
            case ShortBinUnicode: stack.Add(input.String(input.Byte())); return true;
            case BinUnicode8: stack.Add(input.String(input.UInt64())); return true;
            case EmptyTuple: stack.Add(Array.Empty<object?>()); return true;
            case EmptyList: stack.Add(new PickleList()); return true;
            case EmptyDict: stack.Add(new PickleDictionary(ordered: false)); return true;
            default: return false;
        }
    }

    // What makes tuples, and fills lists and dictionaries.
    private bool TryCollect(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case Mark: marks.Add(stack.Count); return true;
            case PickleOpcode.Tuple: stack.Add(PopToMark()); return true;
            case Tuple1: stack.Add(Pop(1)); return true;
            case Tuple2: stack.Add(Pop(2)); return true;
            case Tuple3: stack.Add(Pop(3)); return true;
            case Append: AddTo(Pop(1)); return true;
            case Appends: AddTo(PopToMark()); return true;
            case SetItem: SetIn(Pop(2)); return true;
            case SetItems: SetIn(PopToMark()); return true;
            default: return false;
        }
    }

    private bool TryRemember(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case BinPut: Put(input.Byte()); return true;
            case LongBinPut: Put(input.UInt32()); return true;
            case Memoize: Put(memo.Count); return true;
            case BinGet: stack.Add(Recall(input.Byte())); return true;
            case LongBinGet: stack.Add(Recall(input.UInt32())); return true;
            default: return false;
        }
    }

    private void Act(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case Proto:
                if (input.Byte() is > NewestProtocol and var protocol) throw input.Bad($"it is of protocol {protocol}; {NewestProtocol} is the newest known");
                break;
            case Frame: // only says how many bytes belong together
                if (input.UInt64() > (ulong)input.Left) throw input.Bad("it is cut short");
                break;
            case PickleOpcode.Global: AddGlobal(input.Line(), input.Line()); break;
            case StackGlobal: AddStackGlobal(Pop(2)); break;
            case Reduce: stack.Add(Call(Pop(2))); break;
            case BinPersId: stack.Add(Located(Pop(1)[0], world.Persistent)); break;
            case Build: Ignore(Pop(1)[0]); break;
            default:
                throw input.Bad($"the pickle opcode {(Enum.IsDefined(opcode) ? opcode.ToString().ToUpperInvariant() : $"0x{(byte)opcode:x2}")} has no place in a file of tensors");
        }
    }

    private void AddStackGlobal(object?[] names)
    {
        if (names is not [string module, string name]) throw input.Bad("a global is not named by two texts");
        AddGlobal(module, name);
    }

    private void AddGlobal(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        if (!world.Knows(global)) throw input.Bad($"it asks for '{global}', which has no place in a file of tensors; nothing of it was run");
        stack.Add(global);
    }

    private object? Call(object?[] call)
    {
        if (call is not [PickleGlobal global, object?[] arguments]) throw input.Bad("REDUCE calls something that is not a global with a tuple");
        return Located(arguments, given => world.Call(global, given));
    }

    // The world does not know the file, nor where in it we are.
    private object? Located<T>(T argument, Func<T, object?> ask)
    {
        try
        {
            return ask(argument);
        }
        catch (InvalidDataException exception)
        {
            throw input.Bad(exception.Message);
        }
    }

    // An OrderedDict's attributes: a state dict keeps the versions of its modules there.
    private void Ignore(object? state)
    {
        if (state is not PickleDictionary || Top() is not PickleDictionary { Ordered: true })
            throw input.Bad("the pickle opcode BUILD sets the state of something that is not an OrderedDict");
    }

    private void AddTo(object?[] values)
    {
        if (Top() is not PickleList list) throw input.Bad("values are appended to something that is not a list");
        list.AddRange(values);
    }

    private void SetIn(object?[] pairs)
    {
        if (Top() is not PickleDictionary dictionary || pairs.Length % 2 != 0) throw input.Bad("entries are put in something that is not a dictionary");
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is not (string or long or bool)) throw input.Bad("a dictionary's key is neither a text nor a whole number");
            dictionary[pairs[i]!] = pairs[i + 1];
        }
    }

    // Picklers number what they remember without gaps.
    private void Put(long index)
    {
        if (index > memo.Count) throw input.Bad($"it remembers value {index} after {memo.Count} others");
        if (index == memo.Count) memo.Add(Top());
        else memo[(int)index] = Top();
    }

    private object? Recall(long index) => index < memo.Count ? memo[(int)index] : throw input.Bad($"it recalls value {index}, which it did not remember");

    private object? Top() => stack.Count > Floor ? stack[^1] : throw input.Bad("a value is missing");

    private int Floor => marks.Count > 0 ? marks[^1] : 0;

    private object?[] Pop(int count)
    {
        if (stack.Count - Floor < count) throw input.Bad("a value is missing");
        object?[] values = CollectionsMarshal.AsSpan(stack)[^count..].ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (marks.Count == 0) throw input.Bad("a mark is missing");
        object?[] values = Pop(stack.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return values;
    }
}
