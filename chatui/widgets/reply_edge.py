"""What the composer's edge says while a reply comes: a stalled one must not look finished."""

from __future__ import annotations

from dataclasses import dataclass

SILENT_SECONDS = 5.0
"""From then on the wait is told: most models never pause for so long within a reply."""


@dataclass(frozen=True, slots=True)
class SilenceLimits:
    """After how many seconds a reply is given up: before its first piece, and between pieces."""

    first: float
    between: float


def waiting_edge(what: str, key: str) -> str:
    """`what` has to be done before a question is sent, as a sentence; the key ends the wait."""
    return f"● {what} · {key} answers now"


def reply_edge(
    seconds: float,
    speed: float | None,
    silent: float,
    *,
    begun: bool,
    patience: SilenceLimits | None,
    stop: str,
) -> list[str]:
    """`seconds` since the reply was asked for, `speed` in tokens per second if it is known,
    `silent` the seconds since something came, `begun` whether anything of the reply has; `stop` is
    the key. Without patience nothing ends the wait but the user. From long to short, for the width
    that there is; the shortest still tells of a silence, and how to end it."""
    came, end = f"● {seconds:.0f} s", f"{stop} stops"
    if silent < SILENT_SECONDS:
        told = [f"{speed:.0f} tokens/s"] if speed is not None else []
        return [" · ".join([came, *told, end]), f"{came} · {end}"]
    silence = f"no data for {silent:.0f} s"
    wordings = [f"{came} · {silence} · {end}", f"{came} · silent {silent:.0f} s · {end}"]
    if patience is not None:
        left = (patience.between if begun else patience.first) - silent
        given_up = f"given up in {max(left, 0):.0f} s"
        wordings[:0] = [
            f"{came} · {silence} · {given_up}, what came is kept · {end}",
            f"{came} · {silence} · {given_up} · {end}",
        ]
    return wordings
