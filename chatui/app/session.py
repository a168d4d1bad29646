"""The conversation that the window shows: what it holds, and what it is answered with.

Knows nothing of the screen. The services open while the first frame is already there, so
everything that needs them waits for them here.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatui.app.chat_choices import ChatChoices
from chatui.app.question_files import QuestionFiles
from chatui.app.turn_path import TurnPath, pending
from chatui.assistant.events import AssistantEvent, TurnSettled, TurnStarted
from chatui.domain.conversation import TurnState, is_quoting
from chatui.domain.errors import ChatuiError, UsageError
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from chatui.app.start import StartOptions
    from chatui.bootstrap.services import Services
    from chatui.cost.reading import MeterReading
    from chatui.domain.media import Medium
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredConversation
    from chatui.memory.store.standing import Standing
    from chatui.retrieval.ingest.under_way import IngestsUnderWay

PROMPTS_KEPT = 500


class ChatSession:
    """`path` is the turns that are shown; a turn's key is its id in the store."""

    def __init__(self, open_services: Callable[[], Awaitable[Services]]) -> None:
        self._open_services = open_services
        self._opened: asyncio.Future[Services] | None = None
        self.choices = ChatChoices(self.services)
        self.files = QuestionFiles(self.services, lambda: self.settings)
        self.conversation_id: str | None = None
        self.title = ""
        self.path = TurnPath()
        self.shown = 0
        """Grows whenever another conversation is shown, and `left` is the one before."""
        self.left: str | None = None
        self._versions: dict[str, tuple[int, int]] = {}
        self.not_there = ""
        """A sentence on what a conversation had that is gone, and on what its model lacks; for the
        window to tell once."""
        self._looked_at: set[str] = set()
        """The shown turns of which it is known whether they have versions."""
        self._stop: asyncio.Event | None = None
        self.has_turns_beside = False
        """Whether another chatui had gone on with the conversation when this one did."""

    # Opening

    async def open(self, start: StartOptions) -> None:
        """Opens the services and what `start` names. Raises ChatuiError; a conversation, a
        profile or a model that is not there leaves the session usable without it."""
        opened = self._future()
        try:
            services = await self._open_services()
        # Whatever it was: who waits for the services must not wait for ever.
        except Exception as error:
            opened.set_exception(error)
            opened.exception()  # Marks it as seen; asking raises it again.
            raise
        opened.set_result(services)
        await self.choices.open(services.settings, start)
        cid = start.conversation_id
        if cid is None and start.continue_last:
            cid = await services.store.latest()
        if cid is not None:
            await self._go_to(cid)
            await self.choices.open_again(start)
        self.not_there = f"{self.not_there} {await self.lacking()}".strip()

    async def services(self) -> Services:
        """The services, as soon as they are open. Raises what their opening raised."""
        return await asyncio.shield(self._future())

    def _future(self) -> asyncio.Future[Services]:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
        return self._opened

    @property
    def is_open(self) -> bool:
        return self.choices.are_open

    async def close(self) -> None:
        if self.is_open:
            await (await self.services()).close()

    @property
    def settings(self) -> ReplySettings:
        """What the next reply is made with; `on` makes them a model's."""
        return replace(self.choices.settings, attached=self.files.attached)

    async def settings_for(self, question: str) -> ReplySettings:
        """The settings, with the collection that the question names as `#name`."""
        settings = await self.choices.settings_for(question)
        return replace(settings, attached=self.files.attached)

    async def keep_choices(self) -> None:
        """Stores what is chosen with the conversation, where that has changed."""
        if self.conversation_id is not None:
            await self.choices.keep(self.conversation_id)

    async def standing(self) -> Standing | None:
        """Where the last prompt began and what the next one leaves out; None before the first."""
        if self.conversation_id is None:
            return None
        return await (await self.services()).store.summaries.standing(self.conversation_id)

    # The conversation

    async def reply(
        self, question: str, *, parent: str | None, model: str = ""
    ) -> AsyncGenerator[AssistantEvent, None]:
        """Asks behind the turn `parent` (None: as the first turn); what followed it leaves
        the path. `model` answers in place of the chosen one. Raises ChatuiError when the
        reply failed, after its last event."""
        services = await self.services()
        settings = await self.settings_for(question)
        media = self.files.shown_with(question)
        settings = replace(settings, model=model or settings.model, media=media)
        stop = asyncio.Event()
        events = services.assistant.reply(
            self.conversation_id, question, settings, parent=parent, stop=stop
        )
        async with aclosing(self._following(events, parent, stop)) as followed:
            async for event in followed:
                yield event

    async def go_on(self, key: str) -> AsyncGenerator[AssistantEvent, None]:
        """Goes on with the reply of a turn that was cut off. Raises UsageError, and ChatuiError
        when that failed, after its last event."""
        services = await self.services()
        if self.conversation_id is None:
            raise UsageError("There is no answer to go on with: ask something first.")
        stop = asyncio.Event()
        events = services.assistant.go_on(
            self.conversation_id, self.settings, turn_id=key, stop=stop
        )
        parent = self.path.parent_of(key)
        async with aclosing(self._following(events, parent, stop)) as followed:
            async for event in followed:
                yield event

    async def _following(
        self, events: AsyncIterator[AssistantEvent], parent: str | None, stop: asyncio.Event
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The events, and the path as they make it."""
        self._stop = stop
        try:
            async with closed_behind(events) as stream:
                async for event in stream:
                    match event:
                        case TurnStarted():
                            await self._look_beside(event.turn_id)
                            self._begin(event, parent)
                        case TurnSettled():
                            self.path = self.path.with_turn(event.turn_id, event.turn)
                            await self._learn_title()
                    yield event
        finally:
            self._stop = None

    def stop_reply(self) -> bool:
        """Ends the reply in good order; its last events still come. False when none runs."""
        if self._stop is None:
            return False
        self._stop.set()
        return True

    def awaited(self) -> str:
        """How far the documents are that a question waits for; "" where none does."""
        from chatui.retrieval.ingest.under_way import told

        ingests = self._ingests
        return told(ingests.awaited) if ingests is not None and ingests.awaited else ""

    def answer_now(self) -> bool:
        """Has a question that waits for documents answered from those that are there; False when
        none waits."""
        return self._ingests is not None and self._ingests.go_on()

    @property
    def _ingests(self) -> IngestsUnderWay | None:
        opened = self._opened
        if not self.is_open or opened is None:
            return None
        return opened.result().ingestor.under_way

    async def _look_beside(self, begun: str) -> None:
        """Whether the head was elsewhere than it is shown when this turn moved it."""
        before = None
        if self.conversation_id is not None and self.path.head and self.path.turn(begun) is None:
            store = (await self.services()).store
            before = await store.head_before(self.conversation_id)
        self.has_turns_beside = before is not None and before != self.path.head

    def _begin(self, event: TurnStarted, parent: str | None) -> None:
        self.conversation_id = event.conversation_id
        before = self.path.up_to(parent)
        turn = replace(pending(event.question), media=event.media)
        self.path = before.with_turn(event.turn_id, turn)

    async def _learn_title(self) -> None:
        """The store names a conversation after its first question, also an edited one."""
        unsure = not self.title or len(self.path.turns) == 1
        if unsure and self.conversation_id is not None:
            store = (await self.services()).store
            self.title = (await store.load(self.conversation_id)).title

    def kept_media(self, key: str | None, question: str) -> tuple[Medium, ...]:
        """Those of the turn that the question takes the place of, as far as it keeps them."""
        from chatui.app.question_media import kept

        turn = self.path.turn(key) if key else None
        return kept(turn.question, turn.media, question) if turn else ()

    async def prompts(self) -> list[str]:
        """What the user typed in all conversations, newest first, without attached files."""
        from chatui.assistant.prompt import without_attachments

        stored = await (await self.services()).store.prompts(PROMPTS_KEPT)
        return [without_attachments(prompt) for prompt in stored]

    async def collections(self) -> list[str]:
        """The names of the collections of documents."""
        infos = await (await self.services()).library.collections()
        return [info.name for info in infos]

    @property
    def is_pending(self) -> bool:
        """Whether the newest turn has not been settled."""
        newest = self.path.turns[-1:]
        return bool(newest) and newest[0][1].state is TurnState.PENDING

    def new(self) -> None:
        """Starts afresh, with the profile that the chat was opened with; the old conversation
        is stored and can be resumed."""
        self._leave()
        self.conversation_id, self.title, self.path = None, "", TurnPath()
        self.choices.begin_anew()
        self.files.attached = ()

    def _leave(self) -> None:
        self.shown, self.left = self.shown + 1, self.conversation_id

    async def resume(self, conversation_id: str) -> None:
        """Shows a stored conversation, by its id or the start of it."""
        if await self._go_to(conversation_id):
            self.not_there = f"{self.not_there} {await self.lacking()}".strip()

    async def _go_to(self, conversation_id: str) -> bool:
        """Whether it is another one than was shown."""
        stored = await (await self.services()).store.load(conversation_id)
        is_another = stored.id != self.conversation_id
        if is_another:
            self.not_there = await self.choices.take_up(stored.id)
            self._leave()
        self._show(stored)
        return is_another

    async def reload(self) -> None:
        """Reads the shown conversation again, after its head was moved."""
        if self.conversation_id is not None:
            await self.resume(self.conversation_id)

    def _show(self, stored: StoredConversation) -> None:
        if stored.id != self.conversation_id:
            self.files.attached = ()
        self.conversation_id, self.title = stored.id, stored.title
        # Another program may have added some.
        self._versions, self._looked_at = {}, set()
        self.path = TurnPath.of((turn.id, turn.turn) for turn in stored.turns)

    async def undo(self) -> bool:
        """Takes back the last turn, edit, retry or branch; False when there is none."""
        return await self._step("undo")

    async def redo(self) -> bool:
        return await self._step("redo")

    async def _step(self, which: str) -> bool:
        if self.conversation_id is None:
            return False
        store = (await self.services()).store
        moved = await (store.undo if which == "undo" else store.redo)(self.conversation_id)
        await self.reload()
        return bool(moved)

    async def fork(self, key: str) -> None:
        """Goes on in a copy of the conversation that ends with the turn `key`."""
        if self.conversation_id is None:
            raise UsageError("There is nothing to fork yet: ask something first.")
        store = (await self.services()).store
        shown = self.shown
        await self.resume(await store.fork(self.conversation_id, key))
        # What is being typed goes along.
        self.shown = shown

    async def pin(self, key: str) -> bool:
        """Pins the turn, or unpins it; whether it is pinned now."""
        turn = self.path.turn(key)
        if turn is None:
            raise UsageError("There is no turn to pin yet: ask something first.")
        await (await self.services()).store.pin(key, not turn.pinned)
        self.path = self.path.with_turn(key, replace(turn, pinned=not turn.pinned))
        return not turn.pinned

    async def leave_out(self, key: str) -> bool:
        """Leaves the turn out of every prompt, or lets it in again; whether it is left out now."""
        turn = self.path.turn(key)
        if turn is None:
            raise UsageError("There is no turn to leave out yet: ask something first.")
        since = None if turn.left_out else datetime.now(UTC)
        await (await self.services()).store.leave_out(key, since)
        self.path = self.path.with_turn(key, replace(turn, left_out=since))
        return since is not None

    async def edit_answer(self, key: str, text: str) -> str:
        """Goes on from a version of the turn that has this answer; its key."""
        from chatui.assistant.edited import edited

        turn = self.path.turn(key)
        if turn is None:
            raise UsageError("This turn is no longer shown: its answer stays as it is.")
        store = (await self.services()).store
        version = await store.add_edited(key, await asyncio.to_thread(edited, turn, text))
        await self.reload()
        return version

    async def versions(self) -> Mapping[str, tuple[int, int]]:
        """Of the shown turns that have several versions: which each is, and of how many."""
        unknown = [key for key, _ in self.path.turns if key not in self._looked_at]
        if unknown:
            found = await (await self.services()).store.version_places(unknown)
            self._versions |= {key: (one.number, one.count) for key, one in found.items()}
            self._looked_at.update(unknown)
        return self._versions

    async def go_to_version(self, key: str) -> None:
        """Shows the conversation with that version of a turn, to the end of its branch."""
        store = (await self.services()).store
        if self.conversation_id is not None:
            await store.move_head(self.conversation_id, await store.newest_behind(key))
            await self.reload()

    async def rename(self, title: str) -> None:
        if self.conversation_id is None:
            raise UsageError("There is nothing to rename yet: ask something first.")
        await (await self.services()).store.rename(self.conversation_id, title)
        self.title = title

    async def limit_to(self, names: str) -> None:
        """Answers from the files of these names alone, as they were typed: one, also with blanks in
        it, or several as a shell would part them. Raises UsageError."""
        scopes = (await self.services()).assistant.scopes
        if scopes is None:
            return
        collection = self.settings.collection
        try:
            paths = await scopes.resolve([names], collection)
        except UsageError as error:
            try:
                wanted = [one.rstrip(",") for one in shlex.split(names)]
            except ValueError:  # A lone quote, as in "it's.md".
                wanted = []
            if len(wanted) < 2:
                raise
            try:
                paths = await scopes.resolve(wanted, collection)
            except UsageError as one_missing:
                from chatui.text.file_naming import is_document

                # Where each is like a file's name, they are told one by one.
                several = all(is_document(one) for one in wanted)
                raise (one_missing if several else error) from None
        self.choices.look_only_into(paths)

    async def lacking(self) -> str:
        """What the chosen model lacks before it can answer, as a sentence; "" for nothing."""
        return await (await self.services()).catalog.lacking(self.settings.model)

    async def warm(self) -> None:
        """Has other processes load what the first reply would otherwise wait for."""
        await (await self.services()).warm(self.settings)

    async def warm_to_ask(self) -> None:
        """Loads what it would wait for in this one: for when something is being written."""
        await (await self.services()).warm_to_ask(self.settings)

    async def mend_documents(self) -> None:
        """Makes the index of the documents anew where a killed process has left it half written.
        Till then a question is looked up by words alone, and says so."""
        services = await self.services()
        if self.settings.rag:
            # What stands in the way is told by the search that meets it.
            with suppress(ChatuiError):
                await services.documents.upkeep.mend(self.settings.collection)

    async def model_name(self) -> str:
        """The full name of the model that answers next."""
        return await (await self.services()).assistant.model_name(self.settings)

    async def quotes_only(self) -> bool:
        """Whether the built-in model answers, which has nothing to say without documents."""
        return is_quoting(await self.model_name())

    async def patience(self, model: str = "") -> tuple[float, float] | None:
        """After how many seconds without a first and without a further piece a reply of the model
        (the chosen one if none is named) is given up; None where nothing ends the wait."""
        services = await self.services()
        name = model or await services.assistant.model_name(self.settings)
        endpoint = services.catalog.endpoint_of(name)
        return (endpoint.first_token_seconds, endpoint.silence_seconds) if endpoint else None

    async def reading(self, draft: str, earlier: Sequence[Medium] = ()) -> MeterReading:
        """The meter while nothing streams, with what sending the draft would take, and the
        `earlier` pictures with it."""
        settings = await self.settings_for(draft)
        settings, files = await self.files.draft(draft, earlier, settings)
        assistant = (await self.services()).assistant
        return await assistant.reading(self.conversation_id, draft, settings, files)
