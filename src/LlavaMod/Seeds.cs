using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LlavaMod;

/// <summary>Seeds of named things, each a function of the name alone, so that one thing never moves another's numbers.</summary>
internal static class Seeds
{
    public static ulong Of(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
