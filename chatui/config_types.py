"""What the sections of the settings are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt

SearchMode = Literal["hybrid", "dense", "lexical"]
TooLong = Literal["error", "cut"]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
Count = Annotated[int, Ge(0)]
Positive = Annotated[int, Ge(1)]
Seconds = Annotated[float, Gt(0)]
Money = Annotated[Decimal, Ge(0)]


class Section:
    """Makes pydantic refuse keys that a section does not have."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
