# The peer of bench/Performance/Optimizer: torch.nn.utils.clip_grad_norm_ and torch.optim.AdamW, tensor by tensor or over lists.
#   python3 bench/peers/adamw.py (single | foreach) --check FILE OUT      parameters after three steps over FILE's weights and gradients
#   python3 bench/peers/adamw.py (single | foreach) --time N TENSORS SIDE    seconds and peak memory of steps over so many square matrices
import argparse

import torch

from measure import measure, read, write

CLIP = 1.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["single", "foreach"])
    parser.add_argument("--check", nargs=2)
    parser.add_argument("--time", nargs=3, type=int)
    arguments = parser.parse_args()
    if arguments.check:
        tensors, _ = read(arguments.check[0])
        names = sorted(name[len("weight."):] for name in tensors if name.startswith("weight."))
        weights, gradients = ([tensors[part + name] for name in names] for part in ("weight.", "gradient."))
    else:
        _, count, side = arguments.time
        weights, gradients = ([torch.full((side, side), value) for _ in range(count)] for value in (1.0, 0.01))
    optimizer = torch.optim.AdamW(weights, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.1, foreach=arguments.kind == "foreach")

    def step():
        for weight, gradient in zip(weights, gradients):
            weight.grad = gradient
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    if arguments.check:
        for _ in range(3):
            step()
        write(arguments.check[1], dict(zip(names, weights)))
    else:
        measure(step, arguments.time[0])


if __name__ == "__main__":
    main()
