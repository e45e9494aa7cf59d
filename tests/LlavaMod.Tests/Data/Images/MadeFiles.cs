namespace LlavaMod.Tests.Data.Images;

/// <summary>Small files of formats that the tests cannot write themselves, with the formulas of their pixels.</summary>
internal static class MadeFiles
{
    /// <summary>20 x 17 pixels: index (x y + x) mod 5, whose colour is (40 i, 255 - 50 i, 7 i).</summary>
    public static readonly byte[] Gif = Convert.FromBase64String(
        "R0lGODdhFAARAIIAAAD/ACjNB1CbDnhpFaA3HAAAAAAAAAAAACwAAAAAFAARAAAIfAABBBAwgIBAggYHFjy4UACBAAMAOIQo8WHEiREHBCAgAIBGjh43dvzYkcAAAQEAmESp8mTKlSkByJxJs2ZN"
        + "hQkRMszZ0GJFihh/ZhQZEiTJoiVdtmQJc2lMm1Bt4txJdWrQqz6DHt1K9GjTr0qbRh07c6pZnVazqgVqMSAAOw==");

    /// <summary>The same pixels in four passes.</summary>
    public static readonly byte[] InterlacedGif = Convert.FromBase64String(
        "R0lGODdhFAARAIIAAAD/ACjNB1CbDnhpFaA3HAAAAAAAAAAAACwAAAAAFAARAEAIfAABBBAwgIBAggYHFjy4kMAAAQEAOIQo8WHEiREFEAgwAIBGjh43dvzYEYDJkyhTphwQgIAAACxdwmz5MmZN"
        + "mjNl2sz5kmRIkD59KkyIkCHRhSqTJg0q8ufIphgrUowadajRq1Z3asW5U6nXk0yBNvVJ1aLUi2atqi06NCAAOw==");

    /// <summary>An animation of 10 x 12 pixels, lossless; its first frame, 4 x 6 at (2, 4), has the colours (10 x, 20 y, 99).</summary>
    public static readonly byte[] AnimatedWebp = Convert.FromBase64String(
        "UklGRq4AAABXRUJQVlA4WAoAAAACAAAACQAACwAAQU5JTQYAAAAAAAAAAABBTk1GTgAAAAEAAAIAAAMAAAUAADIAAAJWUDhMNQAAAC8DQAEAv0CQbTOI4t/3CqMwY/PfhQwAAMs/gMK2jdTU8T0z"
        + "RPQ/wMpCr5tCOxz7lTSe5vkBAEFOTUYsAAAAAAAAAAAACQAACwAAMgAAAFZQOEwUAAAALwnAAgAHUIFUCCAACpr+x4iI/gc=");

    /// <summary>9 x 7 pixels of 16 bits with alpha, where channel c of (x, y) is 7919 x + 104729 y + 30011 c mod 65536; all five filters.</summary>
    public static readonly byte[] DeepPng = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAHEAYAAACKC7sjAAAAZElEQVR42mNgYCi1flUWv1Hu/RQtztS6Bbb3NktqhMztjzl7icPdeU9d9Z4P39OMbufOWs3/rFXxV8zOWXpXlwhIet/o9D1y"
        + "6L+F1feKnM0P34VrMs6U5Atp7v9xSv49BMq9l8cBccuAbABNIQAAAKpJREFUINNMSVQ4S3ImDjgLrwrmTUZvA5bnPuqOYbnDgozvtsTAabBIC6qKGJbYFggNkWGB2SLPAYbvZ4JpoDeAJIQNhVAV"
        + "EBmY7Ey4DMPf2qIdzz/H6snkTFzO9qhG1jp6wzTVi7N5orzOt7oc2Pm70vJdSfL6G69maPAmN837fnO7uE7Qwl6xE9fYvB0P1Jhu//I1y+B+dsgyxmnTuC828nxzJxyc+FUAAKU01HN0XvMCAAAA"
        + "AElFTkSuQmCC");

    /// <summary>The same pixels in seven passes.</summary>
    public static readonly byte[] InterlacedDeepPng = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAHEAYAAAH9DIu1AAAAZElEQVR42mNgYCi1flUWv/F7Rc7mh+/CNRmr93z4nmZ0O5cpJeXmfL9bR0QfKIRGn5pmfzH6zkVxt6Ddvcy29zZLaoTM7Z+tffXk"
        + "hGenWVhSU6BgT01KikKNAoOR0fJcmRUTHxcIPPWO+VLWqQAAAOZJREFUajt/cO07Zc0ZKbzzX59JZL/m5F2ruWreUxGFzmjGadO4LzbyfHO3u2d3z/aeHRpEiDDJvZ+ixZlatyDm7CUOd+c9dbNW"
        + "8z9rVfwVc6PT98ih/xZWzE6ratzNUwubLDosOCDQEsbqALFYjMDAGAiNBIDwnvE9EG0HYoFFGLa2ah2Y/1vU7HNyxry7N4NFDB2X1Uhvn/ApX/5JVOTUcxcYZ0ryhTT3/zgl/x4C5d7L44C4ZUCQ"
        + "yQgNGOOg8cmAAPOMiKDS3skeGzQFwXAiiFwJpTUFNaC0JlxEc+JKFD5QBZgFAAINxHVqZX/6AAAAAElFTkSuQmCC");

    /// <summary>The same as <see cref="DeepPng"/>, without the colours.</summary>
    public static readonly byte[] InterlacedDeepGreyPng = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAHEAQAAAFXBUM+AAAAZElEQVR42mNgYCi1/l6Rs5mxes+H70wpKTfnP1AIjY6+c1Gc2fbeZsnZ2ldPsqSmAMGemhQGI6PluQUCT73XvlPWfH0mkV1z1byn"
        + "jNOmcV+0u4cKmeTeT9GKOXuJY9Zq/mc3On2PMDutV+6u1wAAAF1JREFUqnG36LDgsOCwBJEdLEZAYGxkJGB8z0jA6J6xEcPWVq0Dn5Mz5hk6LqvJl38SxThTki9E/r38e7n38kgQlcdkBAXGSBid"
        + "xzwjIqhUUxANTgThlWBaY6LmRAARhGNlrUGvCAAAAABJRU5ErkJggg==");
}
