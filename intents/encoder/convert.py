"""Weights → what serving needs: an onnx graph with int8 products, the pieces that Chinese messages use, and their rows.

The word table (384 MB as float32) stays out of the graph: its rows are kept as 8-bit numbers in a file that is mapped into
memory, and gathered before the graph runs.
"""

import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from intents.encoder.adapter import Adapter
from intents.encoder.weights import E5Weights

_OPSET = 20


def _usable(piece: str) -> bool:
    """Whether a normalised Chinese message can hold the piece: Chinese characters, marks, digits and Latin letters."""
    return all(c == "▁" or c.isascii() or "\u3400" <= c <= "\u9fff" or c in "，。！？、；：（）《》“”‘’…—·～" for c in piece)


class _Graph:
    """Collects nodes and constants of the transformer."""

    def __init__(self, weights: E5Weights, adapter: Adapter) -> None:
        self.weights, self.adapter = weights, adapter
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> list[str]:
        names = [f"{operator}{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def linear(self, x: str, tensors: list[str], width: int) -> str:
        """``x`` times the named matrices side by side, plus their biases."""
        tag = tensors[0]
        matrix = np.concatenate([self.weights.matrix(name + ".w", width) + self.adapter.change(name) for name in tensors])
        bias = np.concatenate([self.weights.floats(name + ".b") for name in tensors])
        product = self.node("MatMul", [x, self.constant(tag + ".w", matrix.T)])[0]
        return self.node("Add", [product, self.constant(tag + ".b", bias)])[0]

    def norm(self, x: str, tensor: str) -> str:
        scale = self.constant(tensor + ".w", self.weights.floats(tensor + ".w"))
        shift = self.constant(tensor + ".b", self.weights.floats(tensor + ".b"))
        return self.node("LayerNormalization", [x, scale, shift], axis=-1, epsilon=self.weights.epsilon)[0]


def _transformer(weights: E5Weights, adapter: Adapter) -> onnx.ModelProto:
    graph = _Graph(weights, adapter)
    width, heads = weights.width, weights.heads
    split = graph.constant("split", np.array([0, 0, heads, width // heads], np.int64))
    merge = graph.constant("merge", np.array([0, 0, width], np.int64))
    scale = graph.constant("scale", np.array(1 / np.sqrt(width // heads), np.float32))
    x = graph.norm("rows", "emb.ln")
    for k in range(weights.layers):
        query, key, value = graph.node(
            "Split", [graph.linear(x, [f"l{k}.q", f"l{k}.k", f"l{k}.v"], width)], 3, axis=-1, num_outputs=3
        )
        query, key, value = (graph.node("Reshape", [part, split])[0] for part in (query, key, value))
        query = graph.node("Transpose", [query], perm=[0, 2, 1, 3])[0]
        key = graph.node("Transpose", [key], perm=[0, 2, 3, 1])[0]
        value = graph.node("Transpose", [value], perm=[0, 2, 1, 3])[0]
        weight = graph.node("Softmax", graph.node("Mul", [graph.node("MatMul", [query, key])[0], scale]), axis=-1)[0]
        context = graph.node("Transpose", graph.node("MatMul", [weight, value]), perm=[0, 2, 1, 3])[0]
        context = graph.node("Reshape", [context, merge])[0]
        x = graph.norm(graph.node("Add", [x, graph.linear(context, [f"l{k}.ao"], width)])[0], f"l{k}.aln")
        inner = graph.node("Gelu", [graph.linear(x, [f"l{k}.fi"], width)])[0]
        x = graph.norm(graph.node("Add", [x, graph.linear(inner, [f"l{k}.fo"], weights.inner)])[0], f"l{k}.oln")
    mean = graph.node("ReduceMean", [x, graph.constant("tokens", np.array([1], np.int64))], keepdims=0)[0]
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
    description = helper.make_graph(
        graph.nodes,
        "multilingual-e5-small",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["messages", "tokens", width])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["messages", width])],
        graph.constants,
    )
    return helper.make_model(description, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)


def convert(source: Path, folder: Path, adapter: Adapter) -> None:
    """Write ``encoder.onnx``, ``rows.npy`` and ``pieces.json`` into ``folder`` (about 60 MB) from the weights ``source``.

    Args:
        adapter: what was learned for this service's messages on top of the weights.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights = E5Weights(source)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain = Path(scratch) / "plain.onnx"
        onnx.save(_transformer(weights, adapter), plain)
        logging.disable(logging.WARNING)  # advice about a pre-processing step that this graph does not need
        # 7-bit weights: with 8 bits, processors without VNNI let the sums overflow.
        quantize_dynamic(plain, folder / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        logging.disable(logging.NOTSET)
    kept = [k for k, piece in enumerate(weights.pieces) if _usable(piece) or k in (weights.begin, weights.end, weights.unknown)]
    table = weights.matrix("emb.word", weights.width)[kept]
    scales = np.abs(table).max(axis=1, keepdims=True) / 127 + 1e-12
    np.save(folder / "rows.npy", np.round(table / scales).astype(np.int8))
    positions = weights.floats("emb.pos").reshape(-1, weights.width)[:512] + weights.floats("emb.type")[: weights.width]
    np.savez(folder / "tables.npz", scales=scales.astype(np.float32), positions=positions.astype(np.float32))
    pieces = [[weights.pieces[k], round(float(weights.scores[k]), 4)] for k in kept]
    special = {
        name: kept.index(number)
        for name, number in (("begin", weights.begin), ("end", weights.end), ("unknown", weights.unknown))
    }
    vocabulary = {"pieces": pieces, **special}
    (folder / "pieces.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
