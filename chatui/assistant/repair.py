"""An answer that has to fit a JSON schema: checked, and repaired once where it does not."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import BadResponse, ChatuiError
from chatui.jobs.schema import parse

if TYPE_CHECKING:
    from chatui.assistant.side_call import SideCaller

LEAST_TOKENS = 512
CUT_OFF = (
    "The answer was cut off before its JSON was whole; allow it more tokens with "
    "the option max_output_tokens."
)
ASKED = """\
The text between the marks was to be JSON that fits the JSON Schema below it, and is not: {reason}

<<<{mark}
{text}
{mark}>>>

{schema}

Answer with the corrected JSON alone: no code fence, no words around it. Keep what the text says,
and invent nothing."""


@dataclass(frozen=True, slots=True)
class Repairer:
    """`models` asks the model that gave the answer once more, a call that is booked as `repair`."""

    models: SideCaller

    async def fitted(
        self,
        text: str,
        schema: Mapping[str, Any],
        *,
        model: str,
        reason: FinishReason | None,
        tokens: int,
        max_cost: Decimal | None,
    ) -> str:
        """The text, or what the model makes of it when that does not fit. `tokens` is what the
        text took. Raises BadResponse when that doesn't fit either, or can't be had."""
        try:
            await asyncio.to_thread(parse, text, dict(schema))
        except BadResponse as error:
            if reason is FinishReason.LENGTH:
                raise BadResponse(CUT_OFF) from error
            fault = error
        else:
            return text
        mark = secrets.token_hex(4)
        asked = ASKED.format(
            reason=fault, mark=mark, text=text, schema=json.dumps(schema, ensure_ascii=False)
        )
        try:
            answer = await self.models.ask(
                "repair",
                model,
                [Message(Role.USER, asked)],
                most_tokens=max(2 * tokens, LEAST_TOKENS),
                max_cost=max_cost,
                json_schema=schema,
            )
        except ChatuiError as error:
            raise BadResponse(f"{fault} Its repair failed: {error}") from error
        try:
            await asyncio.to_thread(parse, answer.text, dict(schema))
        except BadResponse as error:
            raise BadResponse(f"{error} It was asked for twice.") from error
        return answer.text
