# How fast libtorch multiplies on this machine: products of square matrices, without any of this program's own ways around slow types.
#   python3 bench/peers/product.py SIDE (fp32 | bf16) --time N
import argparse

import torch

from measure import measure

parser = argparse.ArgumentParser()
parser.add_argument("side", type=int)
parser.add_argument("type", choices=["fp32", "bf16"])
parser.add_argument("--time", type=int, required=True)
arguments = parser.parse_args()
matrix = torch.ones(arguments.side, arguments.side, dtype=torch.bfloat16 if arguments.type == "bf16" else torch.float32)
measure(lambda: matrix @ matrix, arguments.time)
