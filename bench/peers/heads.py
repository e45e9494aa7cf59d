# The peer of bench/Performance/Heads: forward KL from the last hidden states of both models, forward and backward. All logits of both in Float32, softmax
# and log_softmax over all positions, the mean over those of the response.
#   python3 bench/peers/heads.py FILE --check OUT      the loss and the gradients of student's hidden states and head, as safetensors
#   python3 bench/peers/heads.py FILE --time N         seconds and peak memory, as JSON
# bench/run writes FILE: hidden states [N, D], heads [V, D], which positions are of the response.
import argparse

import torch
import torch.nn.functional as F

from measure import measure, read, write


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--check")
    parser.add_argument("--time", type=int)
    arguments = parser.parse_args()
    tensors, _ = read(arguments.file)
    hidden, head = tensors["student.hidden"].requires_grad_(), tensors["student.head"].requires_grad_()
    response = tensors["response"].bool()

    def step():
        with torch.no_grad():
            expected = F.linear(tensors["teacher.hidden"], tensors["teacher.head"]).float().softmax(-1)
        log_probabilities = F.linear(hidden, head).float().log_softmax(-1)
        divergence = F.kl_div(log_probabilities, expected, reduction="none").sum(-1)
        loss = (divergence * response).sum() / response.sum()
        return loss, torch.autograd.grad(loss, [hidden, head])

    if arguments.check:
        loss, gradients = step()
        write(arguments.check, {"loss": loss, "gradient.hidden": gradients[0], "gradient.head": gradients[1]})
    else:
        measure(step, arguments.time)


if __name__ == "__main__":
    main()
