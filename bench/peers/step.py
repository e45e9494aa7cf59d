# The peer of bench/Performance/Steps: a training step as plain PyTorch runs it. Logits of every position in Float32, softmax and log_softmax over all of them,
# experts by one-hot einsum with a capacity, rows padded on the right, the teacher run online and each model through its own vision tower.
#   apt install python3-torch
#   python3 bench/peers/step.py FILE (d2d | d2s | preference) --check OUT      losses and gradients, as safetensors
#   python3 bench/peers/step.py FILE (d2d | d2s | preference) --time N         seconds and peak memory of N steps, as JSON
# bench/run writes FILE (weights and batch; sizes in its metadata) and calls this.
import argparse

import numpy as np
import torch
import torch.nn.functional as F

from measure import measure, read, write

BALANCE, BETA, CLIP = 0.01, 0.1, 1.0


class Model:
    def __init__(self, prefix, weights, sizes):
        self.weights = {name[len(prefix):]: tensor for name, tensor in weights.items() if name.startswith(prefix)}
        self.sizes = {name[len(prefix):]: value for name, value in sizes.items() if name.startswith(prefix)}
        self.tower = {name[len("tower."):]: tensor for name, tensor in weights.items() if name.startswith("tower.")}
        self.tower_sizes = {name[len("tower."):]: int(value) for name, value in sizes.items() if name.startswith("tower.")}
        self.balances, self.dropped = [], 0

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))

    def norm(self, x, name):
        exact = x.float()
        return (exact * torch.rsqrt(exact.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weights[name + ".weight"]).to(x.dtype)

    # pixels [B, 3, S, S] -> [B, patches, D]
    def see(self, pixels):
        root, heads = "model.vision_tower.vision_tower.vision_model.", self.tower_sizes["heads"]
        w = {name[len(root):]: tensor for name, tensor in self.tower.items()}
        kernel = w["embeddings.patch_embedding.weight"]
        layer_norm = lambda x, name: F.layer_norm(x.float(), x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-5).to(x.dtype)
        linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
        patches = F.conv2d(pixels.to(kernel.dtype), kernel, stride=kernel.shape[-1]).flatten(2).transpose(1, 2)
        start = w["embeddings.class_embedding"].expand(len(pixels), 1, -1)
        x = layer_norm(torch.cat([start, patches], 1) + w["embeddings.position_embedding.weight"], "pre_layrnorm")
        batch, length, width = x.shape
        split = lambda y: y.view(batch, length, heads, width // heads).transpose(1, 2)
        for i in range(self.tower_sizes["layers_used"]):
            layer = f"encoder.layers.{i}."
            y = layer_norm(x, layer + "layer_norm1")
            q, k, v = (split(linear(y, layer + f"self_attn.{part}_proj")) for part in "qkv")
            mixed = torch.matmul(torch.softmax(torch.matmul(q, k.transpose(2, 3)) * (width // heads) ** -0.5, -1), v)
            x = x + linear(mixed.transpose(1, 2).reshape(batch, length, width), layer + "self_attn.out_proj")
            y = linear(layer_norm(x, layer + "layer_norm2"), layer + "mlp.fc1")
            x = x + linear(y * torch.sigmoid(1.702 * y), layer + "mlp.fc2")
        return x[:, 1:]

    def attention(self, x, layer, angles, mask):
        batch, length, _ = x.shape
        heads, keys = int(self.sizes["heads"]), int(self.sizes["key_heads"])
        split = lambda y, count: y.view(batch, length, count, -1).transpose(1, 2)
        q = rotate(split(self.linear(x, layer + "q_proj"), heads), angles)
        k = rotate(split(self.linear(x, layer + "k_proj"), keys), angles).repeat_interleave(heads // keys, 1)
        v = split(self.linear(x, layer + "v_proj"), keys).repeat_interleave(heads // keys, 1)
        scores = torch.matmul(q, k.transpose(2, 3)) * q.shape[-1] ** -0.5 + mask
        mixed = torch.matmul(torch.softmax(scores, -1, dtype=torch.float32).to(x.dtype), v)
        return self.linear(mixed.transpose(1, 2).reshape(batch, length, -1), layer + "o_proj")

    def ffn(self, x, name):
        return self.linear(F.silu(self.linear(x, name + "gate_proj")) * self.linear(x, name + "up_proj"), name + "down_proj")

    # Two choices, a place in the expert's queue each, dispatched and combined by one-hot products. x [B, T, D], real [B, T]
    def experts(self, x, layer, real):
        count, tokens = int(self.sizes["experts"]), x.reshape(-1, x.shape[-1])
        probabilities = F.linear(tokens.float(), self.weights[layer + "gate.weight"]).softmax(-1)
        first = F.one_hot(probabilities.argmax(1), count)
        second = F.one_hot(probabilities.masked_fill(first.bool(), -1).argmax(1), count)
        self.balances.append((probabilities.view(*real.shape, count), (first + second).view(*real.shape, count), real))
        capacity = int(np.ceil(len(tokens) / count * 2 * self.sizes["capacity_factor"]))
        places = [first.cumsum(0) - 1, second.cumsum(0) - 1 + first.sum(0)]
        kept = [chosen * (place < capacity) for chosen, place in zip((first, second), places)]
        self.dropped += 2 * len(tokens) - int(kept[0].sum() + kept[1].sum())
        gates = [(probabilities * mask).sum(1) for mask in kept]
        total = (gates[0] + gates[1]).clamp(min=torch.finfo(torch.float32).eps)
        combine = 0
        for gate, mask, place in zip(gates, kept, places):
            slots = F.one_hot((place * mask).sum(1), capacity).float()
            combine = combine + torch.einsum("se,sc->sec", (gate / total).unsqueeze(1) * mask.float(), slots)
        inputs = torch.einsum("sec,sm->ecm", combine.bool().to(x.dtype), tokens)
        outputs = torch.stack([self.ffn(inputs[i], f"{layer}experts.{i}.") for i in range(count)])
        return torch.einsum("sec,ecm->sm", combine.to(x.dtype), outputs).view(x.shape)

    # All logits, Float32 [B, T, V]
    def forward(self, batch, pixels):
        with torch.no_grad():
            features = self.see(pixels)
        embedding = self.weights["model.embed_tokens.weight"]
        visual = self.linear(F.gelu(self.linear(features, "model.mm_projector.0")), "model.mm_projector.2")
        x = F.embedding(batch["ids"], embedding) * batch["real"].unsqueeze(-1).to(embedding.dtype)
        x = x.index_put(tuple(batch["image"].nonzero().T), visual.reshape(-1, visual.shape[-1]).to(x.dtype))
        length, half = x.shape[1], embedding.shape[1] // int(self.sizes["heads"]) // 2
        turns = torch.arange(length).float().unsqueeze(1) * 1e6 ** (-torch.arange(half).float() / half)
        angles = torch.cat([turns, turns], -1)
        hidden = torch.ones(length, length, dtype=torch.bool).tril().logical_not() | batch["real"].logical_not()[:, None, None]
        mask = torch.zeros(hidden.shape).masked_fill(hidden, torch.finfo(torch.float32).min)
        for i in range(int(self.sizes["layers"])):
            layer = f"model.layers.{i}."
            x = x + self.attention(self.norm(x, layer + "input_layernorm"), layer + "self_attn.", (angles.cos(), angles.sin()), mask)
            y = self.norm(x, layer + "post_attention_layernorm")
            sparse = layer + "mlp.gate.weight" in self.weights
            x = x + (self.experts(y, layer + "mlp.", batch["real"]) if sparse else self.ffn(y, layer + "mlp."))
        return F.linear(self.norm(x, "model.norm"), embedding).float()

    # The mean over sparse layers of E sum f P over some rows' real tokens
    def balance(self, rows):
        losses = []
        for probabilities, chosen, real in self.balances:
            kept = real[rows]
            shares = chosen[rows][kept].float().mean(0) / 2
            losses.append(probabilities.shape[-1] * (shares * probabilities[rows][kept].mean(0)).sum())
        return torch.stack(losses).mean()


def rotate(x, angles):
    cos, sin = angles
    turned = torch.cat([-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]], -1)
    return (x * cos + turned * sin).to(x.dtype)


def supervised(student, teacher, batch, pixels, stage):
    with torch.no_grad():
        expected = teacher.forward(batch, pixels).softmax(-1)
    logits = student.forward(batch, pixels)
    labels = batch["labels"][:, 1:]
    answer, log_probabilities = labels != -100, logits.log_softmax(-1)
    divergence = F.kl_div(log_probabilities, expected, reduction="none").sum(-1)[:, :-1]
    losses = {"forward-kl": (divergence * answer).sum() / answer.sum()}
    if stage == "d2s":
        losses["cross-entropy"] = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100)
        losses["load-balance"] = student.balance(slice(None))
    return losses


def preference(student, teacher, batch, pixels, stage):
    pixels, pairs = torch.cat([pixels, pixels]), len(pixels)

    def log_probabilities(model):
        labels = batch["labels"][:, 1:]
        words = model.forward(batch, pixels)[:, :-1].log_softmax(-1).gather(2, labels.clamp(min=0).unsqueeze(2)).squeeze(2)
        return (words * (labels != -100)).sum(1)

    with torch.no_grad():
        reference = log_probabilities(teacher)
    ratios = log_probabilities(student) - reference
    chosen, rejected = ratios[:pairs], ratios[pairs:]
    of_chosen = 1 - torch.sigmoid(BETA * (chosen - rejected.mean().clamp(min=0)))
    of_rejected = 1 - torch.sigmoid(BETA * (chosen.mean().clamp(min=0) - rejected))
    return {
        "kto-pair": torch.cat([of_chosen, of_rejected]).mean(),
        "load-balance": student.balance(slice(0, pairs)) + student.balance(slice(pairs, None)),
    }


def total(losses):
    return sum(loss * (BALANCE if name == "load-balance" else 1) for name, loss in losses.items())


def trained(student, stage):
    parts = ("mlp.gate.", "mlp.experts.", "mm_projector") if stage != "d2d" else ("",)
    return {name: weight.requires_grad_() for name, weight in student.weights.items() if any(part in name for part in parts)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("stage", choices=["d2d", "d2s", "preference"])
    parser.add_argument("--check")
    parser.add_argument("--time", type=int)
    arguments = parser.parse_args()
    tensors, sizes = read(arguments.file)
    batch = {name[len("batch."):]: tensors[name] for name in tensors if name.startswith("batch.")}
    batch["real"], batch["image"], pixels = batch["real"].bool(), batch["image"].bool(), batch.pop("pixels")
    student, teacher = Model("student.", tensors, sizes), Model("teacher.", tensors, sizes)
    losses_of = preference if arguments.stage == "preference" else supervised
    weights = trained(student, arguments.stage)

    def backward():
        student.balances = []
        losses = losses_of(student, teacher, batch, pixels, arguments.stage)
        total(losses).backward()
        return losses

    if arguments.check:
        losses = backward()
        results = {"loss." + name: loss for name, loss in losses.items()}
        results.update({"gradient." + name: weight.grad for name, weight in weights.items()})
        write(arguments.check, {**results, "dropped": torch.tensor(float(student.dropped))})
        return

    # The optimiser's state counts as the steps' memory, not as the models'.
    optimizer, masters = None, []

    def step():
        nonlocal optimizer
        if optimizer is None:
            masters.extend(weight.detach().float() if weight.dtype == torch.bfloat16 else weight for weight in weights.values())
            optimizer = torch.optim.AdamW(masters, lr=1e-6, betas=(0.9, 0.98), weight_decay=0)
        backward()
        for master, weight in zip(masters, weights.values()):
            if master is not weight:
                master.grad, weight.grad = weight.grad.float(), None
        torch.nn.utils.clip_grad_norm_(masters, CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            for master, weight in zip(masters, weights.values()):
                if master is not weight:
                    weight.copy_(master)

    measure(step, arguments.time)


if __name__ == "__main__":
    main()
