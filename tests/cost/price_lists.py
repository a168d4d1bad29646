"""Price lists in the form in which genai-prices publishes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Listed = list[dict[str, Any]]


def listed(*, count: int = 1500, price: float = 0.25) -> Listed:
    """Two providers: one with a dated, a stepped and many plain prices, and one that sells the
    other's models. `price` is that of the many."""
    models: Listed = [model(f"plain-{number}", {"input_mtok": price}) for number in range(count)]
    stepped = {"base": 1, "tiers": [{"start": 200000, "price": 2}]}
    dated = [
        {"prices": {"input_mtok": 4, "output_mtok": 8}},
        {
            "constraint": {"start_date": "2026-10-01"},
            "prices": {"input_mtok": 2, "output_mtok": 8.5},
        },
    ]
    models += [
        model("stepped", {"input_mtok": stepped, "output_mtok": 8}),
        {**model("dated", {}), "prices": dated},
    ]
    return [
        provider("openai", r"https://api\.openai\.com", models),
        {
            **provider("azure", r"https://.*\.azure\.com", []),
            "fallback_model_providers": ["openai"],
        },
    ]


def provider(name: str, pattern: str, models: Listed) -> dict[str, Any]:
    return {"id": name, "name": name.title(), "api_pattern": pattern, "models": models}


def model(name: str, prices: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "match": {"equals": name}, "context_window": 1234, "prices": prices}


def write_list(path: Path, content: Listed) -> str:
    path.write_text(json.dumps(content))
    return str(path)
