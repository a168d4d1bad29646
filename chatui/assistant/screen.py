"""Where the messages of a call are final: what filters make of them, and of what comes back.

Every call of any kind passes here once, right before it is made: what is counted, logged and sent
is what comes out. A call that is blocked raises FilterBlocked before anything is sent or booked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatui.cost.charges import open_charge
from chatui.domain.conversation import Message
from chatui.domain.errors import ChatuiError, FilterBlocked, StoreError
from chatui.jobs.filters.filters import (
    Direction,
    Filter,
    Filtered,
    Spotted,
    filtered,
    find_all,
    replaced,
)
from chatui.jobs.filters.incoming import IncomingFilter
from chatui.jobs.filters.masks import Masks, Restorer

if TYPE_CHECKING:
    from chatui.memory.store.masks import MaskStore
    from chatui.models.base import ModelInfo

MOST_KEPT = 16_000_000
"""Characters of texts of which it is kept what was found in them."""

BUILTIN = "builtin"
"""The provider of the model that runs in chatui itself: nothing can leave by it."""
NOBODY = (
    "Nothing was sent: a filter with confirm = true wants what it changed to be looked at, and "
    "there is no terminal to show it on; --yes sends it as the filters leave it."
)


@dataclass(frozen=True, slots=True)
class Screened:
    """The messages of a call as they may go out, and what was found in them."""

    messages: tuple[Message, ...]
    found: tuple[Spotted, ...] = ()
    masks: Masks = field(default_factory=Masks)
    incoming: tuple[Filter, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()
    """What was changed in the last message, each with what stands for it: the others were sent
    before."""
    warned: tuple[Spotted, ...] = ()
    """What was only warned of in the last message."""
    to_confirm: bool = False
    """Whether one of the swaps is to be shown before it is sent."""

    @property
    def changed(self) -> bool:
        return any(one.replaces for one in self.found)

    def reader(self) -> AnswerReader:
        """For one text that comes back: the answer, or the reasoning."""
        return AnswerReader(
            IncomingFilter(self.incoming) if self.incoming else None,
            Restorer(self.masks) if self.masks else None,
        )

    def read(self, text: str) -> str:
        """A text that came whole. Raises FilterBlocked."""
        reader = self.reader()
        return reader.feed(text) + reader.end()


class AnswerReader:
    """What comes back in pieces, with filters on it and masks put back."""

    def __init__(self, incoming: IncomingFilter | None, restorer: Restorer | None) -> None:
        self._incoming = incoming
        self._restorer = restorer

    def feed(self, text: str) -> str:
        """What can be shown by now. Raises FilterBlocked."""
        if self._incoming is not None:
            text = self._incoming.feed(text)
            self._refuse()
        return self._restorer.feed(text) if self._restorer is not None else text

    def end(self) -> str:
        """The rest. Raises FilterBlocked."""
        text = ""
        if self._incoming is not None:
            text = self._incoming.end()
            self._refuse()
        if self._restorer is None:
            return text
        return self._restorer.feed(text) + self._restorer.end()

    def _refuse(self) -> None:
        assert self._incoming is not None
        for one in self._incoming.found:
            if one.blocks:
                raise FilterBlocked(
                    f"The answer was stopped: the filter {one.by} blocks {told(one)}; ask "
                    f"otherwise, or change [filters.{one.by}]."
                )


class Screen:
    """`named` gives filters by their names, and may block; `of_provider` says which a provider
    has beside those of a job. `masks` are kept by conversation."""

    def __init__(
        self,
        named: Callable[[Sequence[str]], Sequence[Filter]],
        of_provider: Mapping[str, Sequence[str]],
        masks: MaskStore | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._named = named
        self._of_provider = of_provider
        self._masks = masks
        self._warn = on_warning or (lambda _: None)
        self._finds = _Finds()
        self._lock = asyncio.Lock()
        self._asking = asyncio.Lock()
        self.confirm: Callable[[str, Sequence[tuple[str, str]]], Awaitable[bool]] | None = None
        """Shows the swaps to the user, with the model's name, and answers whether to send."""

    def names(self, model: str, job: Sequence[str]) -> tuple[str, ...]:
        """The names of the filters that a call of the model of that full name is put through,
        for a job; those for models that are not of this machine too."""
        provider = model.partition("/")[0]
        if provider == BUILTIN:
            return ()
        return tuple(dict.fromkeys([*job, *self._of_provider.get(provider, ())]))

    async def check(self, text: str, info: ModelInfo, job: Sequence[str]) -> None:
        """Raises FilterBlocked for a question that is not to be sent, before anything is looked
        up for it."""
        if names := self.names(info.name, job):
            filters = await self._filters(names, info)
            refuse((await asyncio.to_thread(filtered, text, out(filters))).found)

    async def drafted(
        self, draft: str, info: ModelInfo, job: Sequence[str], conversation_id: str | None
    ) -> str:
        """A question that is still being written as it would be sent. What blocks it, and what is
        wrong with a filter, is said when it is sent."""
        if not draft.strip() or not self.names(info.name, job):
            return draft
        try:
            filters = out(await self.in_force(info, job))
            # Masks that are made here are forgotten: the text may never be sent.
            masks = await self._known(conversation_id)
            return (await asyncio.to_thread(filtered, draft, filters, masks)).text
        except ChatuiError:
            return draft

    async def in_force(self, info: ModelInfo, job: Sequence[str]) -> Sequence[Filter]:
        """The filters that a call of the model is put through, for a job."""
        return await self._filters(self.names(info.name, job), info)

    async def confirmed(self, screened: Screened, model: str) -> None:
        """Raises FilterBlocked where the user does not want it sent, and where there is nobody to
        be asked."""
        if not screened.to_confirm:
            return
        if self.confirm is None:
            raise FilterBlocked(NOBODY)
        # Several calls at once ask one after the other.
        async with self._asking:
            agreed = await self.confirm(model, screened.swaps)
        if not agreed:
            raise FilterBlocked("Nothing was sent: you kept it back.")

    async def outgoing(
        self,
        messages: Sequence[Message],
        info: ModelInfo,
        job: Sequence[str],
        conversation_id: str | None,
    ) -> Screened | None:
        """The messages as they may go out; None where no filter is on them. Raises
        FilterBlocked, UsageError, ConfigError."""
        names = self.names(info.name, job)
        if not names:
            return None
        filters = await self._filters(names, info)
        if not filters:
            return None
        async with self._lock:
            known = await self._known(conversation_id)
            screened = await asyncio.to_thread(_screened, messages, filters, known, self._finds)
            refuse(screened.found)
            if known.added and self._masks is not None and conversation_id is not None:
                # The masks of this call are put back all the same.
                with suppress(StoreError):
                    await self._masks.add(conversation_id, known.added)
        for one in screened.warned:
            self._warn(f"The filter {one.by} found {told(one)} in what was sent.")
        return screened

    async def incoming(
        self, info: ModelInfo, job: Sequence[str], conversation_id: str
    ) -> Screened | None:
        """What an answer is read with that comes long after its question was sent."""
        filters = await self.in_force(info, job)
        if not filters:
            return None
        known = await self._known(conversation_id)
        coming = tuple(one for one in filters if one.goes(Direction.IN))
        return Screened((), masks=known, incoming=coming)

    async def side(self, messages: Sequence[Message], info: ModelInfo) -> Screened | None:
        """The same for a call beside the reply, by what it is charged to."""
        charge = open_charge()
        return await self.outgoing(messages, info, charge.filters, charge.conversation_id)

    async def _filters(self, names: Sequence[str], info: ModelInfo) -> Sequence[Filter]:
        found = await asyncio.to_thread(self._named, names)
        return [one for one in found if one.local or not info.local]

    async def _known(self, conversation_id: str | None) -> Masks:
        if self._masks is None or conversation_id is None:
            return Masks()
        return Masks(await self._masks.of(conversation_id))


def out(filters: Sequence[Filter]) -> list[Filter]:
    return [one for one in filters if one.goes(Direction.OUT)]


class _Finds:
    """What filters found in texts, kept for the next call: in a long conversation nearly all that
    it sends was sent before. Used by one thread at a time."""

    def __init__(self) -> None:
        self._filters: tuple[Filter, ...] = ()
        self._known: dict[str, tuple[Spotted, ...]] = {}
        self._characters = 0

    def of(self, text: str, filters: tuple[Filter, ...]) -> tuple[Spotted, ...]:
        if filters != self._filters or self._characters > MOST_KEPT:
            self._filters, self._known, self._characters = filters, {}, 0
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = find_all(text, filters)
            self._characters += len(text)
        return found


def _screened(
    messages: Sequence[Message], filters: Sequence[Filter], masks: Masks, finds: _Finds
) -> Screened:
    outgoing = tuple(out(filters))
    sent: list[Message] = []
    found: list[Spotted] = []
    made = Filtered("", ())
    for message in messages:
        spotted = finds.of(message.content, outgoing)
        made = Filtered(replaced(message.content, spotted, masks), spotted)
        found += made.found
        sent.append(replace(message, content=made.text) if made.found else message)
    last, text = made.found, messages[-1].content
    asking = {one.name for one in filters if one.confirm}
    swaps = [(text[one.start : one.end], replaced(text[one.start : one.end], [whole(one)], masks))
             for one in last if one.replaces]  # fmt: skip
    return Screened(
        tuple(sent),
        tuple(found),
        masks,
        incoming=tuple(one for one in filters if one.goes(Direction.IN)),
        swaps=tuple(dict.fromkeys(swaps)),
        warned=made.warned,
        to_confirm=any(one.replaces and one.by in asking for one in last),
    )


def whole(one: Spotted) -> Spotted:
    return replace(one, start=0, end=one.end - one.start)


def refuse(found: Sequence[Spotted]) -> None:
    """Raises FilterBlocked where one of them blocks."""
    for one in found:
        if one.blocks:
            raise FilterBlocked(
                f"Nothing was sent: the filter {one.by} blocks {told(one)}; take it out, or "
                f"change [filters.{one.by}]."
            )


def told(found: Spotted) -> str:
    """What was found, without spelling a secret out."""
    return f"the word {found.rule!r}" if found.is_word else f"what looks like {found.label}"
