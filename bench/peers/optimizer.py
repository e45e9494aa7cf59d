# The peer of bench/Optimizer: torch.nn.utils.clip_grad_norm_ and torch.optim.AdamW over Float32 parameters, milliseconds of wall and processor time.
#   python3 bench/peers/optimizer.py (single | foreach) TENSORS ELEMENTS ROUNDS
import ctypes
import statistics
import sys
import time

libc = ctypes.CDLL(None)
for option, value in ((-4, 0), (-1, -1), (-2, 64 << 20), (-8, 1)):  # as the library tunes glibc: mmap never, trim never, top pad, one arena
    libc.mallopt(option, value)

import torch

how, tensors, elements, rounds = sys.argv[1], *map(int, sys.argv[2:])
parameters = [torch.randn(elements).requires_grad_() for _ in range(tensors)]
for parameter in parameters:
    parameter.grad = torch.randn(elements)
optimizer = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.98), weight_decay=0.1, foreach=how == "foreach")


def measure(name, run):
    wall, processor = [], []
    for turn in range(rounds + 1):
        start, spent = time.perf_counter(), time.process_time()
        run()
        if turn > 0:
            wall.append(1e3 * (time.perf_counter() - start))
            processor.append(1e3 * (time.process_time() - spent))
    print(name, statistics.median(wall), statistics.median(processor), flush=True)


measure("norm", lambda: torch.nn.utils.clip_grad_norm_(parameters, 1.0))
measure("step", optimizer.step)
