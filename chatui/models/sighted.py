"""Which models see pictures and read PDFs, where their servers don't tell.

By the beginnings of names, as their makers publish them:

- OpenAI: https://platform.openai.com/docs/models (input modalities of each), PDFs by all of them
  that see (https://platform.openai.com/docs/guides/pdf-files).
- Anthropic: all since Claude 3 (https://platform.claude.com/docs/en/build-with-claude/vision), PDFs
  likewise (.../pdf-support).
- Gemini: all (https://ai.google.dev/gemini-api/docs/models), PDFs likewise
  (.../docs/document-processing).
- xAI https://docs.x.ai/docs/models, Mistral https://docs.mistral.ai/capabilities/vision, Qwen-VL
  https://help.aliyun.com/en/model-studio/vision, GLM-V https://docs.z.ai/guides/vlm, Kimi
  https://platform.kimi.ai/docs, Llama https://www.llama.com/docs, Gemma https://ai.google.dev/gemma.
- Local ones as Ollama lists them under "vision" (https://ollama.com/search?c=vision).

A PDF is sent to whom its makers serve themselves: elsewhere nobody says who takes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from chatui.domain.media import PDF, PICTURE, MediumKind

NOTHING: Final[frozenset[MediumKind]] = frozenset()
PICTURES: Final[frozenset[MediumKind]] = frozenset((PICTURE,))
ALL: Final[frozenset[MediumKind]] = frozenset((PICTURE, PDF))

FAMILIES: Final = (
    r"(?:chat)?gpt-4o(?!-(?:mini-)?(?:audio|search|realtime|transcribe))", r"gpt-4-turbo",
    r"gpt-4\.[15]", r"gpt-[5-9]", r"o1(?!-(?:mini|preview))", r"o3(?!-mini)", r"o4",
    r"claude-3(?!-5-haiku-20241022)", r"claude-(?:opus|sonnet|haiku|fable|mythos)-",
    r"gemini-", r"gemma-?[34](?![:-](?:270m|1b))", r"gemma3n",
    r"grok-2-vision", r"grok-[4-9]",
    r"pixtral", r"mistral-small-?(?:3\.[12]|4|latest|250[3-9]|251|26)", r"ministral-3",
    r"mistral-(?:medium|large)-(?:3|latest|250[5-9]|251|26)", r"magistral-(?:small|medium)-latest",
    r"qvq", r"qwen-?vl", r"qwen-?[23](?:\.[0-9])?-?vl", r"qwen[23](?:\.[0-9])?-omni",
    r"qwen3\.[5-9]", r"qwen-?[4-9]",
    r"llava", r"bakllava", r"moondream", r"minicpm-?[vo]", r"internvl", r"smolvlm", r"molmo",
    r"llama-?3\.2-(?:vision|11b-vision|90b-vision)", r"llama-?4", r"nova-(?:lite|pro|premier)",
    r"glm-?[45](?:\.[0-9])?v", r"kimi-vl", r"kimi-k2\.[5-9]", r"kimi-latest",
    r"phi-?3(?:\.5)?-vision", r"phi-?4-multimodal", r"granite-?3\.[2-9]-vision",
    r"deepseek-(?:vl|ocr)", r"ernie-4\.5-(?:turbo-)?vl", r"hunyuan-vision", r"step-1[vo]",
)  # fmt: skip
"""The beginnings of the names of models that see, in lower case."""
_SEE = re.compile("|".join(FAMILIES))
_BY_NAME = re.compile(r"(?:^|[-_.])(?:vl|vision|vlm)(?:$|[-_.:])")
"""Models call themselves so."""
TAKES_PDFS: Mapping[str, tuple[str, ...]] = {
    "api.openai.com": ("gpt-4o", "gpt-4.1", "gpt-5", "gpt-6", "gpt-7", "o1", "o3", "o4"),
    "api.anthropic.com": ("claude",),
    "generativelanguage.googleapis.com": ("gemini",),
}
"""Who takes them, by host: the beginnings of the names of the models."""


def by_name(model: str) -> bool:
    """Whether the model sees pictures, by its name without its provider."""
    name = model.rpartition("/")[2].lower()
    return _SEE.match(name) is not None or _BY_NAME.search(name) is not None


def takes(
    model: str, told: frozenset[MediumKind] | None, base_url: str, vision: bool | None
) -> frozenset[MediumKind]:
    """What the model takes beside text: by the user's word, else its server's, else its name's."""
    sees = vision if vision is not None else PICTURE in told if told is not None else by_name(model)
    if not sees:
        return NOTHING
    if told is not None and PDF in told:
        return ALL
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        host = ""  # What is wrong with the address is said when it is called.
    known = (names for place, names in TAKES_PDFS.items() if f".{host}".endswith(f".{place}"))
    return ALL if model.rpartition("/")[2].lower().startswith(next(known, ())) else PICTURES
