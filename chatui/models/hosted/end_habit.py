"""Whether a server tells why its replies end, by what it did before."""

from __future__ import annotations

SILENT_ENDS = 3
"""So many replies without a reason, and none with one, are how a server ends them."""


class EndHabit:
    """What one server did in this session, for a reply that it ends with nothing but `[DONE]`.

    Most tell a reason, and one that has done so once and ends the next reply without any has broken
    it off: so does llama-cpp-python's server when it is asked something else meanwhile
    (`interrupt_requests`). Of one that is not known yet the form of its chunks decides: with a
    field for the reason in them, null until it is told, it follows OpenAI's form and owes one;
    without that field (small servers, gateways, simple proxies) `[DONE]` is all there is. A server
    with the field that has ended several replies so and never told a reason has no other way.
    """

    def __init__(self) -> None:
        self._tells = False
        self._silent = 0

    def is_whole(self, *, told: bool, owed: bool, said: bool) -> bool:
        """Of a reply that came to its end, in the order in which they end: whether a reason was
        `told`, whether its chunks had a place for one, and whether any of the answer came."""
        if told:
            self._tells = True
            return True
        self._silent += 1
        return said and not self._tells and (not owed or self._silent >= SILENT_ENDS)
