"""Which model a user means by a name, as a pure rule."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from chatui.domain.errors import UnknownModel


def match_name(name: str, known: Collection[str]) -> str | None:
    """The full name that `name` stands for: itself, or a bare name that only one provider
    has. Case and Ollama's `:latest` make no difference. None when nothing fits; raises
    UnknownModel when several do."""
    wanted = _plain(name)
    whole = [full for full in known if _plain(full) == wanted]
    if whole:
        return name if name in whole else whole[0]
    bare = [full for full in known if _plain(full.partition("/")[2]) == wanted]
    if len(bare) > 1:
        choice = " or ".join(sorted(bare))
        raise UnknownModel(f"Several providers have {name!r}; say {choice}.")
    return bare[0] if bare else None


def unknown(name: str, known: Collection[str]) -> UnknownModel:
    """The error for a name that nothing fits, with the names that come nearest."""
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else "see `chatui models list`."
    return UnknownModel(f"There is no model called {name!r}; {hint}")


def doubted(name: str, served: Collection[str]) -> str:
    """The sentence for a full name that its provider's list, `served`, lacks; it may be empty."""
    if not served:
        return f"No list of models or prices has {name}: check the name."
    near = nearest(name, served)
    hint = f"did you mean {near}?" if near else "check the name."
    return f"{name.partition('/')[0]} lists no model {name.partition('/')[2]}: {hint}"


def nearest(name: str, known: Collection[str]) -> str:
    """Up to three full names that come near, joined by "or"."""
    by_plain = {_plain(full.partition("/")[2]): full for full in known}
    by_plain |= {_plain(full): full for full in known}
    near = difflib.get_close_matches(_plain(name), list(by_plain), n=3, cutoff=0.6)
    return " or ".join(dict.fromkeys(by_plain[plain] for plain in near))


def _plain(name: str) -> str:
    return name.casefold().removesuffix(":latest")
