"""Whether a time is all that somebody looks for: "last May", "what did we talk about last week?",
上周聊了什么. Pure.
"""

from __future__ import annotations

import re
from datetime import date

from chatui.text.terms import question_terms
from chatui.text.time_expressions import times_and_rest

_SPOKE = re.compile(
    r"\b(?:talk(?:ed|ing)?|discuss(?:ed|ing)?|chat(?:ted|ting|s)?|said|say|ask(?:ed)?|messages?|"
    r"conversations?|happen(?:ed|ing)?|"
    r"gesprochen|besprochen|geredet|gesagt|gefragt|worüber|nachrichten|gespräche?|unterhalten|passiert|"
    r"(?:avons|a)-(?:nous|t-on)|parlé|discuté|dit|demandé|passé|(?:de )?quoi|"
    r"hablamos|hablado|dijimos|dije|pregunté|conversaciones|conversación|mensajes)\b"
    r"|聊天|聊|讨论|谈论|谈|说|问|对话|记录|咱们|我们|我|你|过|了",
    re.IGNORECASE,
)
"""What every message is: said, asked, talked about."""


def is_time_alone(question: str, today: date) -> bool:
    """Whether it names days and nothing that was spoken of on them."""
    periods, rest = times_and_rest(question, today)
    return bool(periods) and not question_terms(_SPOKE.sub(" ", rest))
