"""The code of a currency, as a user writes it in the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True, slots=True)
class CurrencyCode:
    """Makes pydantic refuse what is not a currency's code: "usd" would never match "USD"."""

    optional: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def check(self, code: str) -> str:
        if len(code) == 3 and code.isascii() and code.isalpha() and code.isupper():
            return code
        if self.optional and not code:
            return code
        raise ValueError('write a currency as its three capital letters, such as "EUR"')


Currency = Annotated[str, CurrencyCode()]

MaybeCurrency = Annotated[str, CurrencyCode(optional=True)]
