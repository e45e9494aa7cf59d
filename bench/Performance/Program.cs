using LlavaMod.Performance;

return args is [Workload.Argument, ..] ? Workload.Time(args[1..]) : PerformanceCommand.Create().Parse(args).Invoke();
