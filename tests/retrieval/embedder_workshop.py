"""A child process that makes small embedding models, and prepares models in one go.

torch takes seconds to import, so all tests of the preparation share one such process.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatui.retrieval.embedding.prepare import EmbedderPreparation
from chatui.retrieval.embedding.prepared import WantedPrecision, WantedRuntime
from chatui.retrieval.embedding.source import bundled_folder, fast_tokenizer, load_model

TOKEN_LIMIT = 32


class Workshop:
    def make_models(self, folder: str) -> None:
        """`folder/tiny`: random BERT, mean pooling, dense layer, prompts. `folder/static`:
        an embedding table, which does not export."""
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Dense, Pooling, StaticEmbedding, Transformer
        from transformers import AutoTokenizer, BertConfig, BertModel

        torch.manual_seed(7)
        tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=TOKEN_LIMIT,
        )
        raw = Path(folder) / "raw"
        BertModel(config).save_pretrained(raw)
        tokenizer.save_pretrained(raw)
        modules = [
            Transformer(str(raw), max_seq_length=TOKEN_LIMIT),
            Pooling(32, pooling_mode="mean"),
            Dense(32, 16),
        ]
        prompts = {"query": "query: ", "document": "passage: "}
        tiny = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
        tiny.save(str(Path(folder) / "tiny"))
        table = StaticEmbedding(fast_tokenizer(tiny), embedding_dim=16)
        SentenceTransformer(modules=[table], device="cpu").save(str(Path(folder) / "static"))

    def prepare(
        self,
        model: str,
        cache: str,
        runtime: WantedRuntime,
        precision: WantedPrecision = "auto",
    ) -> list[dict[str, Any]]:
        """The events of a preparation; the last one names the folder."""
        return list(EmbedderPreparation(model, cache, runtime, precision).prepare())

    def original(self, model: str, texts: Sequence[str], kind: str) -> list[bytes]:
        """What sentence-transformers itself makes of the texts."""
        loaded = load_model(model)
        encode = loaded.encode_query if kind == "query" else loaded.encode_document
        return [row.tobytes() for row in encode(list(texts), normalize_embeddings=True)]
