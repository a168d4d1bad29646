"""What a picture or a PDF takes of a prompt, by the rules that providers publish. Pure.

- OpenAI (https://platform.openai.com/docs/guides/images-vision, "Calculating costs"): tiles of
  512 pixels after scaling into 2,048 squared and to a shorter side of 768, or patches of 32
  pixels, 1,536 of them at most and each worth so many tokens.
- Anthropic (https://platform.claude.com/docs/en/build-with-claude/vision): width times height by
  750, after scaling to a longer side of 1,568 pixels and about 1,600 tokens. From Opus 4.7 on it
  is reckoned from the 3.75 million pixels that these see (2,576 at the longer side): an estimate.
  PDFs (.../pdf-support): 1,500 to 3,000 tokens a page beside its picture.
- Gemini (https://ai.google.dev/gemini-api/docs/tokens): 258 up to 384 pixels, else 258 for each
  tile of 768, and for each page of a PDF; 1,120 and 560 from Gemini 3 on
  (https://ai.google.dev/gemini-api/docs/media-resolution).
- Gemma 3 and 3n: 256, whatever a picture has (https://ai.google.dev/gemma/docs/core/model_card_3),
  with a token before and behind it.

Of others, and of OpenAI's from GPT-5.1 on, it is estimated: local models cut a picture into
patches too, of 28 pixels mostly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, sqrt

from chatui.domain.media import PDF, Medium
from chatui.text.figures import approximate, size_text
from chatui.text.figures import tokens as figures

Sized = Callable[[int, int], int]
"""Tokens of a picture of so many pixels, its width and its height."""

UNKNOWN_SIDE = 1024
"""Pixels of a side that nobody measured."""


@dataclass(frozen=True, slots=True)
class PictureRule:
    """`name` is the same for models that count alike. `page` is what a page of a PDF takes, in
    tokens; `longest` the longest side, in pixels, of which a model sees all. `published`: by the
    provider's own word, and no guess."""

    name: str
    tokens: Sized
    page: int
    longest: int
    published: bool = True

    def of(self, medium: Medium) -> int:
        """The tokens that it takes."""
        if medium.kind == PDF:
            return self.page * max(1, medium.pages)
        return self.tokens(medium.width or UNKNOWN_SIDE, medium.height or UNKNOWN_SIDE)


def tiled(base: int, tile: int) -> Sized:
    """OpenAI's older way: 1,024 squared is 4 tiles, 2,048 by 4,096 is 6."""

    def tokens(width: int, height: int) -> int:
        scale = min(1.0, 2048 / max(width, height))
        scale *= min(1.0, 768 / (min(width, height) * scale))
        across, down = ceil(width * scale / 512), ceil(height * scale / 512)
        return base + tile * across * down

    return tokens


def patched(each: float, most: int = 1536, side: int = 32) -> Sized:
    """OpenAI's newer way: 1,024 squared is 1,024 patches, 1,800 by 2,400 is 1,452."""

    def tokens(width: int, height: int) -> int:
        patches = ceil(width / side) * ceil(height / side)
        if patches > most:
            shrunk = sqrt(most * side**2 / (width * height))
            across, down = width * shrunk / side, height * shrunk / side
            shrunk *= min(floor(across) / across, floor(down) / down)
            # The corner of a rounding: what is whole by the rule may be a hair below it.
            across = ceil(round(width * shrunk / side, 6))
            patches = across * ceil(round(height * shrunk / side, 6))
        return round(min(patches, most) * each)

    return tokens


def by_area(longest: int, most: int, area: int = 750) -> Sized:
    """Anthropic's: 1,092 squared is about 1,590."""

    def tokens(width: int, height: int) -> int:
        scale = min(1.0, longest / max(width, height))
        return max(1, min(most, round(width * height * scale**2 / area)))

    return tokens


def by_tiles(width: int, height: int) -> int:
    """Gemini's before the third."""
    if max(width, height) <= 384:
        return 258
    return 258 * ceil(width / 768) * ceil(height / 768)


OPENAI_PAGE = 1_500
"""The text of a page, and its picture."""
CLAUDE_PAGE = 3_800
"""2,250 of text, in the middle of what is published, and a picture of a page."""

_OPENAI: dict[str, Sized] = {
    "gpt-4o-mini": tiled(2833, 5667),
    "gpt-4o": tiled(85, 170),
    "chatgpt-4o": tiled(85, 170),
    "gpt-4-turbo": tiled(85, 170),
    "gpt-4.5": tiled(85, 170),
    "gpt-4.1-mini": patched(1.62),
    "gpt-4.1-nano": patched(2.46),
    "gpt-4.1": tiled(85, 170),
    "o1": tiled(75, 150),
    "o3": tiled(75, 150),
    "o4-mini": patched(1.72),
    "gpt-5-mini": patched(1.62),
    "gpt-5-nano": patched(2.46),
    "gpt-5.4-mini": patched(1.62),
    "gpt-5.4-nano": patched(2.46),
    "gpt-5.1": tiled(70, 140),
    "gpt-5.2": patched(1.0),
    "gpt-5.3": patched(1.0),
    "gpt-5.": patched(1.0, 2500),
    "gpt-5": tiled(70, 140),
}
_UNSURE = "gpt-5."
"""No page that could be read says how these count; they go by what came before."""
_SHARP = re.compile(
    r"claude-(?:opus-(?:4-[7-9]|[5-9])|(?:sonnet|haiku|fable|mythos)-[5-9]|mythos-preview)"
)
_GEMMA = re.compile(r"gemma-?3(?:n|\b)")
GEMMA = PictureRule("gemma 3", lambda width, height: 258, 258, 1792)
OTHERS = PictureRule("other", by_area(2000, 4096, 784), 1_000, 2000, published=False)


def line_of(medium: Medium, model: str) -> str:
    """What a medium is, and what it takes of a prompt of that model: "pic.png · 800×600 · 120 KB ·
    ≈ 640 tokens"."""
    rule = rule_of(model)
    return f"{described(medium)} · {approximate(figures(rule.of(medium)), estimated=True)} tokens"


def described(medium: Medium) -> str:
    """Its name, its size, and its pixels or pages."""
    seen = f"{medium.width}×{medium.height}" if medium.width else ""
    if medium.pages:
        seen = f"{medium.pages} page{'' if medium.pages == 1 else 's'}"
    return " · ".join(part for part in (medium.name, seen, size_text(medium.size)) if part)


@cache
def rule_of(model: str) -> PictureRule:
    """How the model of that name (`provider/model`, or bare) counts a picture."""
    name = model.lower().rpartition("/")[2].partition(":")[0]
    if name.startswith("claude") or ".claude" in name:
        dashed = name.replace(".", "-")
        if _SHARP.search(dashed):
            page = 4 * CLAUDE_PAGE // 3
            return PictureRule("claude sharp", by_area(2576, 4784), page, 2000, published=False)
        return PictureRule("claude", by_area(1568, 1600), CLAUDE_PAGE, 1568)
    if name.startswith("gemini-"):
        if name.startswith(("gemini-1", "gemini-2", "gemini-pro", "gemini-flash")):
            return PictureRule("gemini", by_tiles, 258, 3072)
        return PictureRule("gemini 3", lambda width, height: 1120, 560, 3072)
    found = [beginning for beginning in _OPENAI if name.startswith(beginning)]
    if found:
        beginning = max(found, key=len)
        published = not beginning.startswith(_UNSURE)
        rule = _OPENAI[beginning]
        return PictureRule(f"openai {beginning}", rule, OPENAI_PAGE, 2048, published=published)
    return GEMMA if _GEMMA.match(name) else OTHERS
