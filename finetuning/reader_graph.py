"""Writes the fine-tuned sentence encoder with its heads as one ONNX graph.

The published weights are PyTorch's; converting them the usual way needs torch and
transformers, several gigabytes for nothing else. The network itself is small: BERT
with 6 layers (Devlin et al., 2019, arXiv:1810.04805), the mean over the words (Reimers
and Gurevych, 2019, arXiv:1908.10084), then one linear head a task. onnxruntime has
operators for its blocks, so the graph is written by hand here.

Input `input_ids`: int64, [sentences, word pieces], all sentences of equal length
(no padding, hence no mask). Output `<head>`: its logits, float32, [sentences, labels].
"""

from __future__ import annotations

from typing import Mapping

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

LAYERS = 6
HIDDEN = 384
HEADS = 12
MAX_PIECES = 128
"""Longest sentence in word pieces; the model was trained with 128, so the rest of the
512 position vectors is left out."""
LAYER_NORM_EPSILON = 1e-12
OPSET = 17
MICROSOFT_OPSET = 1
MICROSOFT = "com.microsoft"


class _Graph:
    """Collects nodes and weights; every method returns the name of its result."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list = []
        self.initializers: list = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def node(self, operator: str, inputs: list[str], result: str, **attributes: object) -> str:
        domain = attributes.pop("domain", "")
        self.nodes.append(
            helper.make_node(operator, inputs, [result], name=result, domain=domain, **attributes)
        )
        return result

    def linear(self, x: str, name: str, result: str) -> str:
        """Return `x` times the transposed weight; the bias is added by the block that follows."""
        matrix = self.constant(f"{name}.weight.T", self.weights[f"{name}.weight"].T)
        return self.node("MatMul", [x, matrix], result)

    def add_and_norm(self, x: str, residual: str, norm: str, bias: str, result: str) -> str:
        inputs = [
            x,
            residual,
            self.weight(f"{norm}.weight"),
            self.weight(f"{norm}.bias"),
            self.weight(bias),
        ]
        return self.node(
            "SkipLayerNormalization",
            inputs,
            result,
            domain=MICROSOFT,
            epsilon=LAYER_NORM_EPSILON,
        )


def _embed(graph: _Graph) -> str:
    """Return word + position + segment vectors, normalised; there is only segment 0."""
    words = graph.node(
        "Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"], "words"
    )
    places = (
        graph.weights["embeddings.position_embeddings.weight"][:MAX_PIECES]
        + graph.weights["embeddings.token_type_embeddings.weight"][0]
    )
    shape = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    first = graph.constant("first_place", np.array([0], np.int64))
    positions = graph.node(
        "Slice", [graph.constant("places", places), first, shape], "positions"
    )
    summed = graph.node("Add", [words, positions], "embedded")
    return graph.node(
        "LayerNormalization",
        [
            summed,
            graph.weight("embeddings.LayerNorm.weight"),
            graph.weight("embeddings.LayerNorm.bias"),
        ],
        "embedded_normed",
        epsilon=LAYER_NORM_EPSILON,
    )


def _layer(graph: _Graph, x: str, number: int) -> str:
    """Return the result of one transformer layer on `x`."""
    layer = f"encoder.layer.{number}"
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    qkv = graph.constant(
        f"{layer}.qkv", np.concatenate([graph.weights[f"{p}.weight"].T for p in parts], axis=1)
    )
    qkv_bias = graph.constant(
        f"{layer}.qkv_bias", np.concatenate([graph.weights[f"{p}.bias"] for p in parts])
    )
    attended = graph.node(
        "Attention", [x, qkv, qkv_bias], f"{layer}.attended", domain=MICROSOFT, num_heads=HEADS
    )
    mixed = graph.linear(attended, f"{layer}.attention.output.dense", f"{layer}.mixed")
    x = graph.add_and_norm(
        mixed,
        x,
        f"{layer}.attention.output.LayerNorm",
        f"{layer}.attention.output.dense.bias",
        f"{layer}.attention_normed",
    )
    wide = graph.linear(x, f"{layer}.intermediate.dense", f"{layer}.wide")
    active = graph.node(
        "BiasGelu",
        [wide, graph.weight(f"{layer}.intermediate.dense.bias")],
        f"{layer}.active",
        domain=MICROSOFT,
    )
    narrow = graph.linear(active, f"{layer}.output.dense", f"{layer}.narrow")
    return graph.add_and_norm(
        narrow, x, f"{layer}.output.LayerNorm", f"{layer}.output.dense.bias", f"{layer}.result"
    )


def reader_graph(weights: Mapping[str, np.ndarray]) -> ModelProto:
    """Return the fine-tuned encoder with its heads as an ONNX model in float32.

    Args:
        weights: the encoder's tensors by their published names, and for each head
            `heads.<name>.weight` [labels, 384] and `heads.<name>.bias` [labels].
            Output `<name>`: the head's logits, float32, [sentences, labels].

    Raises:
        KeyError: a tensor is missing, so the file is of another network.
    """
    graph = _Graph(weights)
    mean = _mean(graph)
    sizes = {}
    for head in heads_of(weights):
        bias = f"heads.{head}.bias"
        graph.node("Add", [graph.linear(mean, f"heads.{head}", node_of(head)), graph.weight(bias)], head)
        sizes[head] = len(weights[bias])
    return _model(graph, sizes)


def heads_of(weights: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the names of the heads in `weights`."""
    biases = (name for name in weights if name.startswith("heads.") and name.endswith(".bias"))
    return tuple(sorted(name[len("heads.") : -len(".bias")] for name in biases))


def node_of(head: str) -> str:
    """Return the name of the node that multiplies with a head's matrix."""
    # A Gemm would be split when its neighbours go into 8 bits, and lose its name on the way.
    return f"heads.{head}.product"


def _mean(graph: _Graph) -> str:
    """Return the mean over the words of the last layer's vectors."""
    x = _embed(graph)
    for number in range(LAYERS):
        x = _layer(graph, x, number)
    return graph.node("ReduceMean", [x], "mean", axes=[1], keepdims=0)


def _model(graph: _Graph, outputs: Mapping[str, int]) -> ModelProto:
    """Return the finished model; `outputs` tells how many numbers each has a sentence."""
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "reader",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["sentences", "pieces"])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["sentences", size])
                for name, size in outputs.items()
            ],
            graph.initializers,
        ),
        opset_imports=[
            helper.make_opsetid("", OPSET),
            helper.make_opsetid(MICROSOFT, MICROSOFT_OPSET),
        ],
        ir_version=8,
    )
