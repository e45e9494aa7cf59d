using LlavaMod.Fuzz;
using LlavaMod.Fuzz.Processes;

return args is [Worker.Argument, ..] ? Worker.Run(args.Length > 1 ? args[1] : null) : await FuzzCommand.Create().Parse(args).InvokeAsync();
