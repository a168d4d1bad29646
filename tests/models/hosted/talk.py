"""A conversation that is sent by every protocol, and a request as it is compared with a published
one."""

from __future__ import annotations

import json

from chatui.domain.conversation import Message, Role

TALK = (
    Message(Role.SYSTEM, "Be brief."),
    Message(Role.USER, "What is the capital of France?"),
    Message(Role.ASSISTANT, "Paris."),
    Message(Role.USER, "<<< passages\n[1] …\n>>>\n\nAnd of Spain?"),
)


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
