# What the scripts of bench/peers share: the settings that this program has too, files of tensors, seconds and peak memory.
import ctypes
import json
import os
import statistics
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", "2")
libc = ctypes.CDLL(None)
for option, value in ((-4, 0), (-1, -1), (-2, 64 << 20), (-8, 1)):  # as the library tunes glibc: mmap never, trim never, top pad, one arena
    libc.mallopt(option, value)

import numpy as np
import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"].split(",")[0]))

NAMES = {"F32": np.float32, "BF16": np.int16, "I64": np.int64}


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start, sizes, tensors = file.tell(), header.pop("__metadata__"), {}
        for name, entry in header.items():
            file.seek(start + entry["data_offsets"][0])
            array = np.fromfile(file, NAMES[entry["dtype"]], int(np.prod(entry["shape"], dtype=np.int64)))
            tensor = torch.from_numpy(array).reshape(entry["shape"])
            tensors[name] = tensor.view(torch.bfloat16) if entry["dtype"] == "BF16" else tensor
    return tensors, {key: float(value) for key, value in sizes.items() if key != "format"}


def write(path, tensors):
    header, blobs, end = {}, [], 0
    for name, tensor in tensors.items():
        blobs.append(tensor.detach().float().contiguous().numpy().tobytes())
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + len(blobs[-1])]}
        end += len(blobs[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def resident(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


# Times so many steps, after one that warms up, and prints seconds and the peak above what is loaded now.
def measure(step, count):
    libc.malloc_trim(0)
    loaded = resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts from here
    seconds = []
    for _ in range(count + 1):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    measured = seconds[1:]
    print(json.dumps({"median": statistics.median(measured), "min": min(measured), "max": max(measured), "peak": resident("VmHWM") - loaded}))
