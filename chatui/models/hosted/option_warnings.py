"""Telling the user of sampling options that a model's server does not take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatui.domain.errors import ModelError
from chatui.domain.warn_once import WarnOnce
from chatui.models.hosted.dialect import Dialect

INSTEAD = {
    "json_schema": "it is sent with fewer keywords and told in words",
    "json_object": "it is told in words, and JSON is asked for",
    "words": "it is told in words",
}
"""By the form that a server takes of a JSON schema, what is said of it."""


class OptionWarnings:
    """Tells of each option once for a model: a reply comes all the same, but not as asked for."""

    def __init__(self, on_warning: Callable[[str], None] | None = None) -> None:
        self._warnings = WarnOnce(on_warning)

    def tell(self, model: str, names: Sequence[str], words: str) -> None:
        """`words` are the server's own, "" when what it takes is known without asking it. Raises
        ModelError for a grammar, without which the reply would be of no use."""
        reason = f" ({words})" if words else ""
        if "grammar" in names:
            raise ModelError(
                f"{model} can't follow a grammar{reason}; leave it out, give a JSON schema in its "
                "place, or take a model on this machine."
            )
        new = [name for name in names if not self._warnings.warned((model, name))]
        if new:
            told = " and ".join([", ".join(new[:-1]), new[-1]] if new[1:] else new)
            it = "they were" if new[1:] else "it was"
            sentence = f"{model} doesn't take {told}{reason}; {it} left out."
            self._warnings.warn(sentence, *((model, name) for name in new))

    def tell_form(self, model: str, dialect: Dialect, words: str) -> None:
        """Why a JSON schema is told in another form than before. `words` are the server's own."""
        sentence = (
            f"{model} refused the JSON schema ({words}): {INSTEAD[dialect.schema_format]}, and the "
            "answer is checked against all of it."
        )
        self._warnings.warn(sentence, (model, dialect.form))
