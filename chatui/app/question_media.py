"""The pictures and PDFs of a question that is being written: mentioned, pasted, or kept from the
turn that it takes the place of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.domain.media import PICTURE, Medium, MediumKind

if TYPE_CHECKING:
    from chatui.assistant.showing import ShowableFile, ShownFiles
    from chatui.bootstrap.services import Services
    from chatui.models.base import ModelInfo

PASTED = "clipboard {}.png"
"""What a pasted picture is called; in brackets it stands for it in the composer."""


def kept(before: str, media: Sequence[Medium], after: str) -> tuple[Medium, ...]:
    """Which media of a question stay with it when it is edited: those that it names still, and
    those that it never named."""
    return tuple(one for one in media if one.name in after or one.name not in before)


class QuestionMedia:
    """A file is made ready once, until it changes; what was pasted stays for as long as the window,
    because questions come back."""

    def __init__(self, open_services: Services) -> None:
        self._services = open_services
        self._pasted: dict[str, Medium] = {}
        self._known: dict[Path, tuple[tuple[int, int, int], Medium]] = {}

    async def paste(self, data: bytes, info: ModelInfo) -> str:
        """Takes a picture; what stands for it in the question. Raises UsageError."""
        from chatui.assistant.sight import refuse_unseen
        from chatui.cost.tokens.pictures import rule_of

        name, longest = PASTED.format(len(self._pasted) + 1), rule_of(info.name).longest
        medium = await self._services.media.made(data, name, PICTURE, longest)
        refuse_unseen([medium], info)
        chip = f"[{name}]"
        self._pasted[chip] = medium
        return chip

    async def asked(
        self, question: str, earlier: Sequence[Medium], info: ModelInfo
    ) -> tuple[ShownFiles, frozenset[str]]:
        """What is shown to the model with the question, `earlier` among it, and the mentions that
        are not to be read as other files are. Raises UsageError."""
        from chatui.assistant.showing import shown_or_read
        from chatui.assistant.sight import refuse_unseen

        names = {one.name for one in earlier}
        named = await asyncio.to_thread(showable, question)
        there = self._pasted_in(question, names)
        refuse_unseen(there, info)
        new = [one for one in named if Path(one.name).name not in names]
        read = self._services.documents.sources.reader.read
        found = await shown_or_read(new, [info], self, read)
        media = (*earlier, *there, *found.media)
        return replace(found, media=media), frozenset(one.name for one in named)

    async def drafted(
        self, draft: str, earlier: Sequence[Medium], info: ModelInfo
    ) -> tuple[tuple[Medium, ...], frozenset[str]]:
        """What sending the draft would show, and the mentions that it is. What can't be shown is
        told when it is sent."""
        from chatui.assistant.sight import sees
        from chatui.cost.tokens.pictures import rule_of

        names = {one.name for one in earlier}
        try:
            named = await asyncio.to_thread(showable, draft)
        except UsageError:
            named = []
        found = [*earlier, *self._pasted_in(draft, names)]
        seen = [one for one in named if one.kind in (info.takes or ())]
        longest = rule_of(info.name).longest
        for one in seen:
            if Path(one.name).name not in names:
                try:
                    found.append(await self.read(one.path, one.name, one.kind, longest))
                except UsageError:
                    continue
        shown = tuple(one for one in found if sees(info, one))
        return shown, frozenset(one.name for one in seen)

    async def read(self, path: Path, name: str, kind: MediumKind, longest: int) -> Medium:
        """As `MediaFiles.read`, once."""
        try:
            status = await asyncio.to_thread(path.stat)
        except OSError as error:
            raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error
        state = (status.st_size, status.st_mtime_ns, longest)
        before = self._known.get(path)
        if before is None or before[0] != state:
            made = await self._services.media.read(path, name, kind, longest)
            self._known[path] = before = state, made
        return before[1]

    async def made(self, data: bytes, name: str, kind: MediumKind, longest: int) -> Medium:
        return await self._services.media.made(data, name, kind, longest)

    def _pasted_in(self, question: str, names: set[str]) -> list[Medium]:
        return [
            medium
            for chip, medium in self._pasted.items()
            if chip in question and medium.name not in names
        ]


def showable(question: str) -> list[ShowableFile]:
    """The pictures and PDFs that a question mentions. Blocks. Raises UsageError for a picture that
    can't be decoded."""
    if "@" not in question:
        return []
    from chatui.assistant.attachments import found_in
    from chatui.assistant.media_files import kind_at
    from chatui.assistant.showing import ShowableFile

    found = []
    for name, path in found_in(question, Path()):
        if (kind := kind_at(path, name)) is not None:
            found.append(ShowableFile(name, path, kind))
    return found
