"""Makes a question that leans on the one before it stand for itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatui.conversation import Message, Role
from chatui.models.extractive.terms import question_terms

_POINTS_BACK = re.compile(
    r"\b(?:it|its|it's|they|them|their|he|him|his|she|her|this|that|these|those|there|one|ones)\b|"
    r"^\W*(?:and|but|so|then|also|what about|how about|why|when|where|who|how)\b|[他她它]|这|那",
    re.IGNORECASE,
)
FEW_TERMS = 3


def standalone(question: str, messages: Sequence[Message]) -> str:
    """The question, with the user's previous one before it when it points back ("and when
    was it built?") and says little by itself."""
    if len(question_terms(question)) >= FEW_TERMS or not _POINTS_BACK.search(question):
        return question
    asked = [message.content for message in messages if message.role is Role.USER]
    if len(asked) < 2:
        return question
    # Whatever follows the first paragraph is more likely pasted text than the question.
    before = asked[-2].partition("\n\n")[0]
    return f"{before} {question}"
