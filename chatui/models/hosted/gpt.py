"""What OpenAI publishes of its models, as far as a request depends on it. Pure.

- Which ones are made for the Responses API: https://developers.openai.com/api/docs/models and
  .../guides/migrate-to-responses
- Effort and sampling: https://developers.openai.com/api/docs/guides/reasoning and the guides of the
  latest models
- What is kept of a prompt: https://developers.openai.com/api/docs/guides/prompt-caching
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chatui.cost.cache_rules import by_beginning, gpt_number

RANKS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Efforts, the least first."""
USUAL = RANKS[2:5]
FIRST_THAT_THINK = (5, 0)
SHORT_REPLY = 2048
"""Tokens below which a reply that thinks first may have no room for an answer."""
O_SERIES = r"o\d{1,3}(?=$|-)"
OTHER_API = r"-(audio|realtime|transcribe|tts|image|search)\b"
"""What has another API or, for searches, chat completions alone."""
ALONE = r"\bcodex\b|-pro\b|deep-research|computer-use"
"""What exists in the Responses API alone, whatever its number."""


@dataclass(frozen=True, slots=True)
class GptModel:
    """`efforts` are those that it takes, the least first; () for a model that does not think.
    `usual` is the one in force where none is told. `marked`: only what lies before a mark is kept
    of a prompt. `known`: it is OpenAI's, whose models take no sampling options while they think,
    and tell their thoughts in summaries only if they are asked for them."""

    efforts: tuple[str, ...] = ()
    usual: str = "medium"
    marked: bool = False
    known: bool = True

    def effort(self, wanted: str | None, limit: int | None) -> str | None:
        """The word for one of ours, for a reply of so many tokens at most; None leaves it out."""
        if not self.efforts:
            return None
        if wanted is None:
            short = limit is not None and limit < SHORT_REPLY and self.usual != self.efforts[0]
            return self.efforts[0] if short else None
        rank = RANKS.index(wanted) if wanted in RANKS else len(RANKS)
        enough = (one for one in self.efforts if RANKS.index(one) >= rank)
        return next(enough, self.efforts[-1])

    def thinks(self, effort: str | None) -> bool:
        """With that word said."""
        return bool(self.efforts) and (effort or self.usual) != "none"


OTHERS = GptModel(RANKS, "none", known=False)
NEWEST = GptModel(("none", *RANKS[2:]), marked=True)
_O = GptModel(USUAL)
_TALKS = GptModel()
_CODEX = GptModel(RANKS[2:6])
_PRO = GptModel(RANKS[3:6])
_SILENT = GptModel(("none", *RANKS[2:6]), "none")
"""Thinks only when it is told to."""

MODELS: Mapping[str, GptModel] = {
    "o1": _O,
    "o3": _O,
    "o4": _O,
    "codex": _O,
    "gpt-4.1": _TALKS,
    "gpt-4.5": _TALKS,
    "gpt-5": GptModel(RANKS[1:5]),
    "gpt-5-chat": _TALKS,
    "gpt-5-codex": _O,
    "gpt-5-pro": GptModel(("high",), "high"),
    "gpt-5.1": GptModel(("none", *USUAL), "none"),
    "gpt-5.1-chat": _TALKS,
    "gpt-5.1-codex": _O,
    "gpt-5.1-codex-max": _CODEX,
    "gpt-5.2": _SILENT,
    "gpt-5.2-chat": _TALKS,
    "gpt-5.2-codex": _CODEX,
    "gpt-5.2-pro": _PRO,
    "gpt-5.3": _SILENT,
    "gpt-5.3-chat": _TALKS,
    "gpt-5.3-codex": _CODEX,
    "gpt-5.4": _SILENT,
    "gpt-5.4-pro": _PRO,
    "gpt-5.5": GptModel(("none", *RANKS[2:6])),
    "gpt-5.5-pro": _PRO,
}
"""By the beginning of the name."""


def wants_responses(model: str) -> bool:
    """Whether one of OpenAI's is to be asked by the Responses API: those that think, and those that
    no other has."""
    name = _bare(model)
    if re.search(OTHER_API, name):
        return False
    return _number(name) >= FIRST_THAT_THINK or re.search(ALONE, name) is not None


def gpt(model: str) -> GptModel:
    """One that is not known yet is taken to be as the newest are. Another maker's gets what it is
    asked for."""
    name = _bare(model)
    newest = NEWEST if _number(name) >= FIRST_THAT_THINK else OTHERS
    return by_beginning(MODELS, name) or newest


def _bare(model: str) -> str:
    """Without a maker's name before it, or what says that it was tuned."""
    name = model.rpartition("/")[2].lower()
    return name.removeprefix("ft:").partition(":")[0]


def _number(name: str) -> tuple[int, int]:
    """The version of a GPT; of an o-series model that of those that think, of others none."""
    return FIRST_THAT_THINK if re.match(O_SERIES, name) else gpt_number(name)
