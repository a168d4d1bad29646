"""Writes a tiny reranker in ONNX: the score of a pair is the sum of its words' worths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

WORTHS = {"[UNK]": 0.0, "[CLS]": 0.0, "[SEP]": 0.0, "redwood": 5.0, "tree": 2.0, "bread": -3.0}


def write_reranker(folder: Path, worths: Mapping[str, float] = WORTHS, *, outputs: int = 1) -> Path:
    """Words are parted by spaces and marks; one that has no worth is unknown and worth nothing."""
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder.mkdir(parents=True, exist_ok=True)
    places = {word: place for place, word in enumerate(worths)}
    tokenizer = Tokenizer(models.WordLevel(places, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [("[CLS]", places["[CLS]"]), ("[SEP]", places["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    tokenizer.save(str(folder / "tokenizer.json"))

    table = numpy.array([[worth] * outputs for worth in worths.values()], numpy.float32)
    nodes = [
        helper.make_node("Gather", ["worths", "input_ids"], ["found"], axis=0),
        helper.make_node("Cast", ["token_type_ids"], ["second"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["second", "last"], ["mask"]),
        # The question's own words count for nothing.
        helper.make_node("Mul", ["found", "mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "words"], ["logits"], keepdims=0),
    ]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "token_type_ids")
    ]
    out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", outputs])
    constants = [
        numpy_helper.from_array(table, "worths"),
        numpy_helper.from_array(numpy.array([-1], numpy.int64), "last"),
        numpy_helper.from_array(numpy.array([1], numpy.int64), "words"),
    ]
    graph = helper.make_graph(nodes, "tiny", ids, [out], constants)
    version = helper.make_opsetid("", 17)
    onnx.save(
        helper.make_model(graph, opset_imports=[version], ir_version=9), folder / "model.onnx"
    )
    return folder
