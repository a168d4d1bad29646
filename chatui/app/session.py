"""The conversation that the window shows: what it holds, and what it is answered with.

Knows nothing of the screen. The services open while the first frame is already there, so
everything that needs them waits for them here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from chatui.app.choices import Choices, read_choices
from chatui.app.turn_path import TurnPath, pending
from chatui.assistant.events import AssistantEvent, TurnSettled, TurnStarted
from chatui.domain.conversation import TurnState, is_quoting
from chatui.domain.errors import ChatuiError, LibraryFailed, UsageError

if TYPE_CHECKING:
    from chatui.app.question_media import QuestionMedia
    from chatui.app.start import StartOptions
    from chatui.assistant.attachments import Attachment, DraftFiles
    from chatui.bootstrap.services import Services
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.reading import MeterReading
    from chatui.domain.media import Medium
    from chatui.domain.passage import Passage
    from chatui.jobs.profiles import Changes, ReplySettings
    from chatui.memory.records import StoredConversation
    from chatui.memory.store.standing import Standing
    from chatui.retrieval.ingest.under_way import IngestsUnderWay

COLLECTION_MENTION = re.compile(r"#([\w.-]+)")
PROMPTS_KEPT = 500
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class ChatSession:
    """`path` is the turns that are shown; a turn's key is its id in the store."""

    def __init__(self, open_services: Callable[[], Awaitable[Services]]) -> None:
        self._open_services = open_services
        self._opened: asyncio.Future[Services] | None = None
        self._base: ReplySettings | None = None
        self._choices = Choices()
        self._started_with = Choices()
        """What the chat was opened with, for conversations with nothing of their own."""
        self._model = ""
        self._attached: tuple[Passage, ...] = ()
        self._media: QuestionMedia | None = None
        self._shown: tuple[str, tuple[Medium, ...]] = ("", ())
        self.told: tuple[str, ...] = ()
        """What the last question's model got of files that it doesn't see, a sentence each."""
        self.drafted: tuple[str, ...] = ()
        """What the last draft that was read would show, a line each."""
        self.conversation_id: str | None = None
        self.title = ""
        self.path = TurnPath()
        self.shown = 0
        """Grows whenever another conversation is shown, and `left` is the one before."""
        self.left: str | None = None
        self._versions: dict[str, tuple[int, int]] = {}
        self._kept: tuple[str, str] | None = None
        """What is stored of the choices for a conversation."""
        self.not_there = ""
        """A sentence on what a conversation had that is gone; for the window to tell once."""
        self._looked_at: set[str] = set()
        """The shown turns of which it is known whether they have versions."""
        self._stop: asyncio.Event | None = None
        self._draft_files: DraftFiles | None = None
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
        self._base = services.settings
        opened.set_result(services)
        profile = start.profile or start.default_profile
        if profile:
            await self.use_profile(profile, start.variables)
        await self._take_flags(start)
        self._started_with = self._choices
        if start.model:
            await self.use_model(start.model)
        cid = start.conversation_id
        if cid is None and start.continue_last:
            cid = await services.store.latest()
        if cid is not None:
            await self.resume(cid)
            # What was said when chatui was called wins over what the conversation had.
            if start.profile:
                await self.use_profile(start.profile, start.variables)
            await self._take_flags(start)

    async def _take_flags(self, start: StartOptions) -> None:
        if start.options:
            await self.choose_options({**self.chosen, **start.options})
        if start.collection:
            self.look_into(start.collection)

    async def services(self) -> Services:
        """The services, as soon as they are open. Raises what their opening raised."""
        return await asyncio.shield(self._future())

    def _future(self) -> asyncio.Future[Services]:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
        return self._opened

    @property
    def is_open(self) -> bool:
        return self._base is not None

    async def close(self) -> None:
        if self._base is not None:
            await (await self.services()).close()

    # What a reply is made with

    @property
    def settings(self) -> ReplySettings:
        """The config's, the profile's and what was set here; `on` makes them a model's."""
        if self._base is None:
            raise UsageError("The chat is still opening: try again in a moment.")
        settings = self._choices.over(self._base)
        return replace(settings, model=self._model or settings.model, attached=self._attached)

    @property
    def profile(self) -> str:
        """The name of the profile in use; "" is none."""
        return self._choices.profile.name if self._choices.profile else ""

    @property
    def chosen(self) -> Changes:
        """Sampling options that were set here, by name."""
        return self._choices.chosen

    def _set(self, **values: Any) -> None:
        self._choices = replace(self._choices.setting(**values), only=())

    def set_system(self, system: str) -> None:
        from chatui.jobs.prompts import Prompt

        # What was typed is sent as it stands: only a profile's prompt has variables.
        self._choices = self._choices.setting(system=Prompt(system, literal=True))

    def look_into(self, collection: str) -> None:
        """Answers from this collection of documents from now on."""
        self._set(collection=collection, rag=True)

    def set_rag(self, rag: bool) -> None:
        self._set(rag=rag)

    def look_only_into(self, paths: tuple[str, ...]) -> None:
        """Answers from these files alone from now on, until documents are switched."""
        self._choices = replace(self._choices.setting(rag=True), only=paths)

    def set_concise(self, concise: bool) -> None:
        """Whether answers are asked to be brief."""
        self._choices = replace(self._choices, concise=concise)

    async def use_model(self, name: str) -> str:
        """Switches to the model and remembers it; its full name. Raises UnknownModel."""
        services = await self.services()
        self._model = await services.catalog.resolve(name)
        await services.store.remember_model(self._model)
        return self._model

    def answer_with(self, name: str) -> None:
        """Switches to the model of that full name, and remembers it when it has answered."""
        self._model = name

    async def use_profile(self, name: str, variables: Mapping[str, str] = NO_VARIABLES) -> None:
        """Takes the profile for the questions from now on. It wins over what was set here, but
        for sampling options. Raises UsageError, ConfigError."""
        services = await self.services()
        profile = await asyncio.to_thread(services.profiles.load, name)
        self._choices = self._choices.with_profile(profile.with_variables(variables), variables)
        if profile.model is not None:
            self._model = ""

    def leave_profile(self) -> None:
        """Goes back to what the chat has without one."""
        self._choices = replace(self._choices, profile=None, variables=NO_VARIABLES)

    async def choose_options(self, chosen: Changes) -> None:
        """Sets sampling options over the profile's and the config's, in place of those before."""
        await self.services()
        self._choices = replace(self._choices, chosen=chosen)

    async def keep_choices(self) -> None:
        """Stores what is chosen with the conversation, where that has changed."""
        kept = self._choices.kept()
        if self.conversation_id is not None and (self.conversation_id, kept) != self._kept:
            self._kept = self.conversation_id, kept
            await (await self.services()).store.keep_chosen(self.conversation_id, kept)

    async def _choose_again(self, conversation_id: str) -> str:
        """Takes what was chosen for the conversation; what of it is not there any more, as a
        sentence. One with nothing of its own has what the chat was opened with."""
        services = await self.services()
        stored = await services.store.chosen(conversation_id)
        self._kept = conversation_id, stored
        if not stored:
            self._choices = self._started_with
            return ""
        self._choices, name = read_choices(stored)
        if name:
            try:
                profile = await asyncio.to_thread(services.profiles.load, name)
                known = self._choices.variables.items()
                variables = {one: value for one, value in known if one in profile.variables}
                profile = profile.with_variables(variables)
                self._choices = replace(self._choices, profile=profile, variables=variables)
            except ChatuiError as error:
                return f"This conversation goes on without its profile. {error}"
        return ""

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
        media = self.shown_with(question)
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
        # Every reply is written as a generator; its port says iterator, which can't be closed.
        try:
            async with aclosing(cast("AsyncGenerator[AssistantEvent, None]", events)) as stream:
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
        if self._base is None or opened is None:
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

    async def with_attachments(
        self, question: str, earlier: Sequence[Medium] = (), model: str = ""
    ) -> str:
        """The question with the files that it mentions, which can be cited from now on; what the
        model sees is shown to it when the question is asked, with what an `earlier` one had. What
        it gets instead of seeing is in `told`. Raises UsageError."""
        self._shown, self.told = ("", ()), ()
        if "@" not in question and "[" not in question and not earlier:
            return question
        from chatui.assistant.attachments import read_attached
        from chatui.assistant.prompt import attach

        services = await self.services()
        name = model or await services.assistant.model_name(self.settings)
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
            self._attached = passages
        whole = attach(question, files)
        self._shown, self.told = (whole, found.media), found.told
        return whole

    def shown_with(self, question: str) -> tuple[Medium, ...]:
        """The pictures and PDFs of a question that `with_attachments` gave last."""
        return self._shown[1] if question == self._shown[0] else ()

    def kept_media(self, key: str | None, question: str) -> tuple[Medium, ...]:
        """Those of the turn that the question takes the place of, as far as it keeps them."""
        from chatui.app.question_media import kept

        turn = self.path.turn(key) if key else None
        return kept(turn.question, turn.media, question) if turn else ()

    async def paste(self, data: bytes) -> str:
        """Takes a picture; what stands for it in the question. Raises UsageError."""
        services = await self.services()
        name = await services.assistant.model_name(self.settings)
        return await (await self._question_media()).paste(data, await services.catalog.info(name))

    async def _question_media(self) -> QuestionMedia:
        if self._media is None:
            from chatui.app.question_media import QuestionMedia

            self._media = QuestionMedia(await self.services())
        return self._media

    async def missing_files(self, question: str) -> list[str]:
        """What the question mentions as `@name` and is no file."""
        if "@" not in question:
            return []
        from chatui.assistant.attachments import find, mentioned_paths

        def missing() -> list[str]:
            return [name for name in mentioned_paths(question) if find(name, Path()) is None]

        return await asyncio.to_thread(missing)

    async def prompts(self) -> list[str]:
        """What the user typed in all conversations, newest first, without attached files."""
        from chatui.assistant.prompt import without_attachments

        stored = await (await self.services()).store.prompts(PROMPTS_KEPT)
        return [without_attachments(prompt) for prompt in stored]

    async def settings_for(self, question: str) -> ReplySettings:
        """The settings, with the collection that the question names as `#name`."""
        from chatui.jobs.profiles import Layer

        # Read with each look at a draft, so that the sign comes first, which is quick to find.
        found = COLLECTION_MENTION.finditer(question)
        names = [one[1] for one in found if not one.start() or question[one.start() - 1].isspace()]
        if names:
            known: list[str] = []
            with suppress(LibraryFailed):
                # Looking for the answer tells it.
                known = await self.collections()
            for name in names:
                if name in known:
                    named = Layer(origin=f"#{name}", collection=name, rag=True)
                    return replace(self.settings.over(named), only=())
        return self.settings

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
        opened = self._started_with
        self._choices = replace(self._choices, profile=opened.profile, variables=opened.variables)
        self._attached = ()

    def _leave(self) -> None:
        self.shown, self.left = self.shown + 1, self.conversation_id

    async def resume(self, conversation_id: str) -> None:
        """Shows a stored conversation, by its id or the start of it."""
        stored = await (await self.services()).store.load(conversation_id)
        if stored.id != self.conversation_id:
            self.not_there = await self._choose_again(stored.id)
            self._leave()
        self._show(stored)

    async def reload(self) -> None:
        """Reads the shown conversation again, after its head was moved."""
        if self.conversation_id is not None:
            await self.resume(self.conversation_id)

    def _show(self, stored: StoredConversation) -> None:
        if stored.id != self.conversation_id:
            self._attached = ()
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

    async def warm(self) -> None:
        """Loads what the first reply would otherwise wait for."""
        await (await self.services()).warm(self.settings)

    async def mend_documents(self) -> None:
        """Makes the index of the documents anew where a killed process has left it half written.
        Till then a question is looked up by words alone, and says so."""
        services = await self.services()
        if self.settings.rag:
            # What stands in the way is told by the search that meets it.
            with suppress(ChatuiError):
                await services.documents.upkeep.mend(self.settings.collection)

    async def quotes_only(self) -> bool:
        """Whether the built-in model answers, which has nothing to say without documents."""
        name = await (await self.services()).assistant.model_name(self.settings)
        return is_quoting(name)

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
        services = await self.services()
        files: Sequence[Attachment] = ()
        settings = await self.settings_for(draft)
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
        return await services.assistant.reading(self.conversation_id, draft, settings, files)


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
