using LlavaMod.Data.World;
using LlavaMod.Generation;

using var model = ChatModel.Load("runs/quickstart/models/preference");
var world = new ShapeWorld(seed: 5, imageSize: 60);
var scene = world.Scene(WorldSplit.Validation, index: 0);
var picture = world.Render(scene); // or ImageDecoder.Decode(bytes, name), of LlavaMod.Data.Images
Console.WriteLine($"In the picture: {Caption.Of(scene)}");
foreach (var question in (string[])["Describe the image.", "Is there a red circle?"])
    Console.WriteLine($"{question} {model.Answer(question, picture)}");
