using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LlavaMod.Stages;

/// <summary>Seeds of a run's parts, each a function of the run's seed and the part's name, so that one part never moves another's numbers.</summary>
internal static class Seeds
{
    public static ulong Of(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
