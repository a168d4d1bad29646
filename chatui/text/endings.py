"""How a reply ended that did not end by itself, in words."""

from __future__ import annotations

from chatui.domain.conversation import FinishReason, Reply
from chatui.text.safety import one_line

LONGEST_WORD = 80
_CLAUSES = {
    FinishReason.LENGTH: "the reply reached its output limit",
    FinishReason.FILTER: "the provider's content filter stopped the reply",
    FinishReason.REFUSAL: "the model refused to answer",
    FinishReason.TOOL: "the model wanted to call a tool, and it was offered none",
    FinishReason.PAUSED: "the provider paused the reply before it was whole",
    FinishReason.OTHER: "the provider ended the reply for a reason of its own",
}


def ending(reply: Reply) -> str:
    """Why a complete reply is not one that ended by itself, as a clause with the provider's own
    word for it; "" for one that did."""
    clause = _CLAUSES.get(reply.finish_reason) if reply.finish_reason else None
    if clause is None:
        return ""
    word = one_line(reply.error or "", LONGEST_WORD)
    return f"{clause} ({word})" if word else clause


_OTHER_MODEL = "ask again or choose another model."
_NOTHING = {
    FinishReason.LENGTH: "{who} reached its output limit before it said anything{told}; raise "
    "max_output_tokens, or shorten the prompt if it fills the context.",
    FinishReason.FILTER: "The provider's content filter withheld the answer of {who}{told}; put "
    "the question in other words, or choose another model.",
    FinishReason.REFUSAL: "{who} refused to answer{told}; put the question in other words.",
    FinishReason.TOOL: "{who} wanted to call a tool and said nothing{told}, though it was offered "
    f"none; {_OTHER_MODEL}",
    FinishReason.PAUSED: "{who} paused before it said anything{told}; ask again.",
    FinishReason.OTHER: "{who} ended for a reason of its own and said nothing{told}; "
    f"{_OTHER_MODEL}",
}
_NOTHING_AT_ALL = f"{{who}} answered with nothing{{told}}; {_OTHER_MODEL}"
_ONLY_REASONED = f"{{who}} only reasoned and answered with nothing{{told}}; {_OTHER_MODEL}"
_STILL_REASONED = (
    "{who} reached its output limit while it was still reasoning{told}; raise max_output_tokens or "
    "lower reasoning_effort."
)


def nothing_said(who: str, reason: FinishReason, word: str, *, reasoned: bool) -> str:
    """The sentence for a reply of `who` without any text; `reasoned`: with some reasoning."""
    sentence = _NOTHING.get(reason, _ONLY_REASONED if reasoned else _NOTHING_AT_ALL)
    if reasoned and reason is FinishReason.LENGTH:
        sentence = _STILL_REASONED
    told = one_line(word, LONGEST_WORD)
    return sentence.format(who=who, told=f" ({told})" if told else "")
