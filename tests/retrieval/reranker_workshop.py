"""A child process that makes a tiny cross-encoder of random weights, and asks it directly."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.retrieval.embedding.source import bundled_folder


class RerankerWorkshop:
    def make(self, folder: str, classes: int) -> None:
        import torch
        from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

        torch.manual_seed(3)
        tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=512,
            num_labels=classes,  # type: ignore[call-arg]  # taken by its base class
            initializer_range=1.0,
        )
        BertForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def scores(self, folder: str, query: str, texts: Sequence[str]) -> list[float]:
        """What sentence-transformers itself says."""
        from sentence_transformers import CrossEncoder

        model = CrossEncoder(folder, device="cpu", local_files_only=True)
        return [float(score) for score in model.predict([(query, text) for text in texts])]
