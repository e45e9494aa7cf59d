# The peer of bench/Performance/Experts: forward and backward of one sparse feed-forward layer. einsum: DeepSpeed's one-hot dispatch with a capacity, as
# step.py has it. loop: one expert after another over its tokens, without a capacity.
#   python3 bench/peers/experts.py FILE (einsum | loop) --check OUT      the output and all gradients, as safetensors
#   python3 bench/peers/experts.py FILE (einsum | loop) --time N         seconds and peak memory, as JSON; fails where a token was dropped
# bench/run writes FILE (weights, tokens x [N, D], and the gradient of the output).
import argparse
import sys

import torch
import torch.nn.functional as F

from measure import measure, read, write
from step import Model


def loop(model, tokens):
    values, chosen = F.linear(tokens, model.weights["mlp.gate.weight"]).softmax(-1).topk(2)
    gates = values / values.sum(1, keepdim=True)
    result = torch.zeros_like(tokens)
    for i in range(int(model.sizes["experts"])):
        token, choice = torch.where(chosen == i)
        result = result.index_add(0, token, model.ffn(tokens[token], f"mlp.experts.{i}.") * gates[token, choice].unsqueeze(1))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("dispatch", choices=["einsum", "loop"])
    parser.add_argument("--check")
    parser.add_argument("--time", type=int)
    arguments = parser.parse_args()
    tensors, sizes = read(arguments.file)
    tokens, weight = tensors.pop("x").requires_grad_(), tensors.pop("output_gradient")
    model = Model("", tensors, sizes)
    real = torch.ones(1, len(tokens), dtype=torch.bool)
    inputs = {"x": tokens, **{name: parameter.requires_grad_() for name, parameter in tensors.items()}}

    def step():
        model.balances = []
        y = loop(model, tokens) if arguments.dispatch == "loop" else model.experts(tokens.unsqueeze(0), "mlp.", real).squeeze(0)
        return y, torch.autograd.grad(y, list(inputs.values()), weight)

    if arguments.check:
        y, gradients = step()
        write(arguments.check, {"y": y, **{"gradient." + name: gradient for name, gradient in zip(inputs, gradients)}})
    else:
        measure(step, arguments.time)
    if model.dropped:
        sys.exit(f"{model.dropped} assignments were dropped: the two sides have not done the same work")


if __name__ == "__main__":
    main()
