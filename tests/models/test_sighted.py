"""Which models see, by what servers tell, by names, and by the user's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chatui.domain.media import PDF, PICTURE
from chatui.models.hosted.model_list import takes_of
from chatui.models.sighted import ALL, NOTHING, PICTURES, by_name, takes

SEE = """gpt-4o gpt-4o-mini chatgpt-4o-latest gpt-4.1-nano o1 o3 o4-mini gpt-5-mini gpt-5.6
claude-haiku-4-5 claude-3-5-sonnet-20241022 claude-opus-5 gemini-2.5-pro gemma3:4b gemma-3-27b-it
qwen2.5vl:7b qwen3-vl:8b Qwen/Qwen2.5-VL-7B-Instruct qwen-vl-max llama3.2-vision llama-4-scout
meta-llama/Llama-3.2-11B-Vision-Instruct mistral-small3.1 mistral-small-2506 pixtral-12b grok-4
glm-4.5v llava:7b moonshot-v1-8k-vision-preview minicpm-v granite3.2-vision openai/gpt-4o"""
BLIND = """gpt-4o-audio-preview gpt-3.5-turbo gpt-4 o1-mini o3-mini claude-3-5-haiku-20241022
claude-2.1 gemma3:1b gemma3:270m gemma-2-9b qwen3:8b llama3.2 llama3.1 mistral-small-2501
mistral-large-2411 deepseek-chat grok-3 glm-4.6 kimi-k2 phi4 devstral codestral-latest"""


@pytest.mark.parametrize("name", SEE.split())
def test_well_known_names_see(name: str) -> None:
    assert by_name(name)


@pytest.mark.parametrize("name", BLIND.split())
def test_their_neighbours_do_not(name: str) -> None:
    assert not by_name(name)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        # OpenRouter, Mistral, Anthropic, Ollama's /api/show, LM Studio, llama.cpp, Vercel.
        ({"architecture": {"input_modalities": ["text", "image", "file"]}}, {PICTURE, PDF}),
        ({"architecture": {"input_modalities": ["text"]}}, set()),
        ({"capabilities": {"completion_chat": True, "vision": True}}, {PICTURE}),
        ({"capabilities": {"completion_chat": True, "vision": False}}, set()),
        (
            {"capabilities": {"image_input": {"supported": True},
                              "pdf_input": {"supported": True}}},
            {PICTURE, PDF},
        ),
        ({"capabilities": ["completion", "vision"]}, {PICTURE}),
        ({"capabilities": ["completion", "tools"]}, set()),
        ({"type": "vlm"}, {PICTURE}),
        ({"type": "llm"}, set()),
        ({"capabilities": ["completion", "multimodal"]}, {PICTURE}),
        ({"capabilities": {"vision": True, "audio": False}}, {PICTURE}),
        ({"tags": ["reasoning", "vision", "file-input"]}, {PICTURE, PDF}),
    ],
)  # fmt: skip
def test_a_list_of_models_may_tell(entry: Mapping[str, Any], told: set[str]) -> None:
    assert set(takes_of(entry) or ()) == told
    assert takes_of(entry) is not None


@pytest.mark.parametrize(
    "entry",
    [{}, {"type": "chat"}, {"tags": ["fast"]}, {"capabilities": {"tools": True}},
     {"capabilities": "all"}, {"architecture": []},
     {"architecture": {"input_modalities": "image"}}],
)  # fmt: skip
def test_most_lists_tell_nothing(entry: Mapping[str, Any]) -> None:
    assert takes_of(entry) is None


def test_the_user_beats_the_server_and_the_server_the_name() -> None:
    url = "https://example.com/v1"
    assert takes("mine/gpt-4o", None, url, None) == PICTURES
    assert takes("mine/gpt-4o", NOTHING, url, None) == NOTHING
    assert takes("mine/gpt-4o", NOTHING, url, True) == PICTURES
    assert takes("mine/gpt-4o", ALL, url, False) == NOTHING


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("openai/gpt-5-mini", "https://api.openai.com/v1"),
        ("anthropic/claude-haiku-4-5", "https://api.anthropic.com/v1"),
        ("google/gemini-2.5-pro", "https://generativelanguage.googleapis.com/v1beta"),
    ],
)
def test_pdfs_go_to_whom_their_makers_serve(name: str, url: str) -> None:
    assert takes(name, None, url, None) == ALL
    assert takes(name, None, "https://example.com/v1", None) == PICTURES
