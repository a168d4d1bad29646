"""The files of a question: those that it mentions, and pictures that were pasted into it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.app.question_media import QuestionMedia
    from chatui.assistant.attachments import Attachment, DraftFiles
    from chatui.bootstrap.services import Services
    from chatui.cost.prices.prices import PriceBook
    from chatui.domain.media import Medium
    from chatui.domain.passage import Passage
    from chatui.jobs.profiles import ReplySettings


class QuestionFiles:
    """`services` gives the services as soon as they are open, `settings` what is answered with."""

    def __init__(
        self,
        services: Callable[[], Awaitable[Services]],
        settings: Callable[[], ReplySettings],
    ) -> None:
        self._services = services
        self._settings = settings
        self.attached: tuple[Passage, ...] = ()
        """What can be cited of the files that were mentioned last."""
        self._media: QuestionMedia | None = None
        self._draft_files: DraftFiles | None = None
        self._shown: tuple[str, tuple[Medium, ...]] = ("", ())
        self.told: tuple[str, ...] = ()
        """What the last question's model got of files that it doesn't see, a sentence each."""
        self.drafted: tuple[str, ...] = ()
        """What the last draft that was read would show, a line each."""

    async def asked(self, question: str, earlier: Sequence[Medium] = (), model: str = "") -> str:
        """The question with the files that it mentions, which can be cited from now on; what the
        model sees is shown to it when the question is asked, with what an `earlier` one had. What
        it gets instead of seeing is in `told`. Raises UsageError."""
        self._shown, self.told = ("", ()), ()
        if "@" not in question and "[" not in question and not earlier:
            return question
        from chatui.assistant.attachments import read_attached
        from chatui.assistant.prompt import attach

        services = await self._services()
        name = model or await services.assistant.model_name(self._settings())
        found, shown = await (await self._question_media()).asked(
            question, earlier, await services.catalog.info(name)
        )
        reader = services.documents.sources.reader
        attached = await read_attached(question, Path(), reader.read, shown)
        passages = (*attached.passages, *found.attached.passages)
        files = [*attached.files, *found.attached.files]
        for one in passages:
            if one.path not in reader.seen:
                await asyncio.to_thread(reader.note, Path(one.path), one.source)
        if files:
            self.attached = passages
        whole = attach(question, files)
        self._shown, self.told = (whole, found.media), found.told
        return whole

    def shown_with(self, question: str) -> tuple[Medium, ...]:
        """The pictures and PDFs of a question that `asked` gave last."""
        return self._shown[1] if question == self._shown[0] else ()

    async def paste(self, data: bytes) -> str:
        """Takes a picture; what stands for it in the question. Raises UsageError."""
        services = await self._services()
        name = await services.assistant.model_name(self._settings())
        return await (await self._question_media()).paste(data, await services.catalog.info(name))

    async def _question_media(self) -> QuestionMedia:
        if self._media is None:
            from chatui.app.question_media import QuestionMedia

            self._media = QuestionMedia(await self._services())
        return self._media

    async def missing(self, question: str) -> list[str]:
        """What the question mentions as `@name` and is no file."""
        if "@" not in question:
            return []
        from chatui.assistant.attachments import find, mentioned_paths

        def not_there() -> list[str]:
            return [name for name in mentioned_paths(question) if find(name, Path()) is None]

        return await asyncio.to_thread(not_there)

    async def draft(
        self, draft: str, earlier: Sequence[Medium], settings: ReplySettings
    ) -> tuple[ReplySettings, Sequence[Attachment]]:
        """The settings with the pictures that a draft shows, and the files that it mentions;
        `drafted` tells of the pictures then."""
        services = await self._services()
        files: Sequence[Attachment] = ()
        shown: frozenset[str] = frozenset()
        self.drafted = ()
        if "@" in draft or "[" in draft or earlier:
            name = await services.assistant.model_name(settings)
            info = await services.catalog.info(name)
            media, shown = await (await self._question_media()).drafted(draft, earlier, info)
            settings = replace(settings, media=media)
            self.drafted = await asyncio.to_thread(media_lines, media, name, services.prices)
        if "@" in draft:
            if self._draft_files is None:
                from chatui.assistant.attachments import DraftFiles

                self._draft_files = DraftFiles(services.documents.sources.reader.read)
            files = await self._draft_files.read(draft, Path(), shown)
        return settings, files


def media_lines(media: Sequence[Medium], model: str, prices: PriceBook) -> tuple[str, ...]:
    """What each of them is, and takes of a prompt, and costs. Reads the price list."""
    from chatui.cost.tokens.pictures import line_of, rule_of
    from chatui.domain.usage import Usage
    from chatui.text.figures import money

    lines = []
    for one in media:
        usage = Usage(input=rule_of(model).of(one), estimated=True)
        lines.append(f"{line_of(one, model)} · {money(prices.cost(model, usage))}")
    return tuple(lines)
