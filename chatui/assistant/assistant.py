"""One turn, top to bottom, and what is said of it before it is sent. The window and `chatui ask`
use the same road."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatui.assistant.background import BackgroundJobs, Settled
from chatui.assistant.events import AssistantEvent, DocumentTaken, TurnStarted
from chatui.assistant.going_on import SeamlessModel, added, beginning, check, going_on
from chatui.assistant.idle_meter import empty_meter, idle_meter
from chatui.assistant.lookup import AskBuilder, Lookup, SearchDefaults
from chatui.assistant.memories import Memories
from chatui.assistant.prompt import DRAFT_MARK, attach, without_attachments
from chatui.assistant.reply import Call, Replier
from chatui.assistant.request_log import RequestLog
from chatui.assistant.retrim import Retrimmer
from chatui.assistant.saving import Saving
from chatui.assistant.settle import Progress
from chatui.assistant.sight import sees, shown
from chatui.cost.charges import charging
from chatui.cost.reading import MeterReading
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Turn
from chatui.domain.errors import ContextTooLong, UsageError
from chatui.jobs.profiles import ReplySettings, settings_on
from chatui.memory.records import HEAD, StoredTurn
from chatui.models.base import ModelInfo, ReasoningDelta, TextDelta
from chatui.models.catalog import AUTO
from chatui.system.tasks import both
from chatui.text.citations.marks import MarkForm
from chatui.text.summary_wish import wish_of

if TYPE_CHECKING:
    from chatui.assistant.attachments import Attachment
    from chatui.assistant.batches.provider import ProviderBatches
    from chatui.assistant.batches.run import BatchRunner
    from chatui.assistant.chains.run import ChainRunner
    from chatui.assistant.compare.compare import Comparer
    from chatui.assistant.hooks import Hooks
    from chatui.assistant.plan import Plan, Planner
    from chatui.assistant.query_rewrite import QueryWriter
    from chatui.assistant.rate_limit import RateLimiter
    from chatui.assistant.repair import Repairer
    from chatui.assistant.scope import ScopeReader
    from chatui.assistant.screen import Screen
    from chatui.assistant.shared_budget import Hold
    from chatui.assistant.whole import WholeDocuments
    from chatui.cost.budget import Limit
    from chatui.cost.prices.prices import PriceBook
    from chatui.domain.media import Medium
    from chatui.memory.store.store import ChatStore
    from chatui.models.catalog import Catalog
    from chatui.retrieval.ingest.under_way import IngestsUnderWay
    from chatui.retrieval.manual import Manual
    from chatui.retrieval.search.retriever import Retriever


class Assistant:
    """Answers questions. Raises UsageError for an empty question before anything is stored,
    and whatever ended a turn after its TurnSettled was given out."""

    def __init__(
        self,
        *,
        store: ChatStore,
        catalog: Catalog,
        retriever: Retriever,
        planner: Planner,
        tokens: TokenCounter,
        prices: PriceBook,
        search: SearchDefaults,
        writer: QueryWriter | None = None,
        memories: Memories | None = None,
        background: BackgroundJobs | None = None,
        limiter: RateLimiter | None = None,
        saving: Saving | None = None,
        on_warning: Callable[[str], None] | None = None,
        repairer: Repairer | None = None,
        log: RequestLog | None = None,
        hooks: Hooks | None = None,
        screen: Screen | None = None,
        scopes: ScopeReader | None = None,
        whole: WholeDocuments | None = None,
        manual: Manual | None = None,
        ingests: IngestsUnderWay | None = None,
    ) -> None:
        self._screen = screen
        self.scopes = scopes
        self.whole = whole
        self._log = log or RequestLog()
        self._store = store
        self._saving = saving or Saving()
        self._catalog = catalog
        lookup = Lookup(
            retriever, search, writer, on_warning, scopes=scopes, manual=manual, ingests=ingests
        )
        self._asks = AskBuilder(lookup, memories or Memories())
        self._background = background or BackgroundJobs()
        self._planner = planner
        self._tokens = tokens
        self._prices = prices
        self._repairer = repairer
        self._retrimmer = Retrimmer(planner.bounded, catalog.hold_to)
        self._replier = Replier(
            store,
            tokens,
            prices,
            limiter,
            self._saving,
            repairer=repairer,
            log=self._log,
            hooks=hooks,
            screen=screen,
        )

    @functools.cached_property
    def comparer(self) -> Comparer:
        """The same question on several models, by the same parts."""
        # Few sessions compare.
        from chatui.assistant.compare.calls import ComparedCalls
        from chatui.assistant.compare.compare import Comparer
        from chatui.assistant.compare.same_prompt import SamePrompt

        calls = ComparedCalls(
            warm=self._catalog.warm,
            open_model=self._catalog.open,
            asks=self._asks,
            same_prompt=SamePrompt(self._planner, self._tokens),
            planner=self._planner,
            prices=self._prices,
            retrimmer=self._retrimmer,
        )
        return Comparer(
            store=self._store,
            model_name=self.model_name,
            calls=calls,
            replier=self._replier,
            background=self._background,
        )

    @functools.cached_property
    def chains(self) -> ChainRunner:
        """Many calls that build on each other, each of them a reply."""
        # Few sessions run one.
        from chatui.assistant.chains.run import ChainRunner

        return ChainRunner(
            store=self._store,
            reply=self.reply,
            model_name=self.model_name,
            planner=self._planner,
            prices=self._prices,
            log=self._log,
        )

    @functools.cached_property
    def batches(self) -> BatchRunner:
        """Many calls that know nothing of each other, each of them a reply."""
        # Few sessions run one.
        from chatui.assistant.batches.run import BatchRunner

        return BatchRunner(
            store=self._store, reply=self.reply, planner=self._planner, prices=self._prices
        )

    @functools.cached_property
    def provider_batches(self) -> ProviderBatches:
        """The same through a provider's batch endpoint."""
        from chatui.assistant.batches.provider import ProviderBatches

        return ProviderBatches(
            store=self._store,
            catalog=self._catalog,
            planner=self._planner,
            plan=functools.partial(self.plan, to_send=True),
            prices=self._prices,
            tokens=self._tokens,
            log=self._log,
            screen=self._screen,
            repairer=self._repairer,
        )

    async def reply(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        parent: str | None = HEAD,
        stop: asyncio.Event | None = None,
        hold: Hold | None = None,
        last: bool = False,
        ask: bool = False,
    ) -> AsyncIterator[AssistantEvent]:
        """One turn. None as conversation begins a new one. Setting `stop` ends the reply in
        good order: it is settled as interrupted, with what had come of it. `hold` bounds a call
        that is one of several, in place of its own limits; its model is none that was chosen.
        `last`: no other turn will follow this one, so nothing is prepared for one. `ask`: a new
        conversation is no chat until it is gone on with."""
        if not question.strip():
            raise UsageError("The question is empty; type one, or pipe text in.")
        conversation, past, stored = await self._begin(
            conversation_id, question, parent, settings.media, ask=ask
        )
        yield TurnStarted(conversation, stored.id, question, stored.turn.media)
        progress = Progress(conversation, stored.id, stored.turn, settings)

        def complete(turn: Turn) -> None:
            assert progress.plan is not None
            settled = Settled(conversation, stored.id, turn, progress.plan, progress.settings)
            (self._background.answered if last else self._background.turn_settled)(settled)

        answer = self._answer(progress, past, hold)
        async with aclosing(self._replier.settled(progress, answer, stop, complete)) as events:
            async for event in events:
                yield event

    async def go_on(
        self,
        conversation_id: str,
        settings: ReplySettings,
        *,
        turn_id: str | None = None,
        stop: asyncio.Event | None = None,
    ) -> AsyncIterator[AssistantEvent]:
        """Goes on with the last reply, which was cut off, and tells it from its beginning, as
        `reply` would. `turn_id` is whose it has to be. Raises UsageError where there is nothing to
        go on with, before anything is asked."""
        await self._saving.catch_up()
        before = await self._store.load(conversation_id)
        if not before.turns:
            raise UsageError("There is no answer to go on with: ask something first.")
        stored = before.turns[-1]
        if turn_id not in {None, stored.id}:
            raise UsageError("Only the last answer can be gone on with.")
        turn = stored.turn
        name = await self.model_name(settings)
        check(turn, settings.unfilled(name), name)
        await self._store.reopen_turn(stored.id)
        progress = Progress(
            before.id, stored.id, replace(turn, asked=datetime.now(UTC)), settings, begun=turn
        )
        progress.text.append(beginning(turn))
        progress.reasoning.append(turn.reply.reasoning)
        yield TurnStarted(before.id, stored.id, turn.question, turn.media)
        if turn.reply.reasoning:
            yield ReasoningDelta(turn.reply.reasoning)
        yield TextDelta(beginning(turn))

        def complete(turn: Turn) -> None:
            assert progress.plan is not None
            self._background.turn_settled(
                Settled(before.id, stored.id, turn, progress.plan, progress.settings)
            )

        answer = self._gone_on(progress, before.turns[:-1])
        async with aclosing(self._replier.settled(progress, answer, stop, complete)) as events:
            async for event in events:
                yield event

    async def _gone_on(
        self, progress: Progress, past: tuple[StoredTurn, ...]
    ) -> AsyncIterator[AssistantEvent]:
        """The rest of a reply."""
        assert progress.begun is not None
        turn, text = progress.turn, beginning(progress.begun)
        progress.model, progress.settings = await self._for_model(progress.settings)
        with charging(progress.charge):
            model, ask = await both(
                self._catalog.open(progress.model),
                self._asks.build(
                    progress.conversation_id,
                    turn.question,
                    past,
                    progress.settings,
                    progress.model,
                    look_up=False,
                ),
            )
        begun = progress.begun.reply
        form = MarkForm(begun.mark_prefix) if begun.citations else None
        asked_with, media = shown(ask.question, turn.media, model.info)
        ask = replace(ask, question=asked_with, settings=replace(ask.settings, media=media))
        ask = replace(ask, passages=tuple(turn.passages), query=turn.searched, form=form)
        more = await asyncio.to_thread(
            self._tokens.count_messages, added(text, model.info), progress.model
        )

        async def laid_out(most: int) -> Plan:
            within = await self._planner.plan(ask, model.info, most=most - more.tokens)
            return going_on(within, text, more.tokens)

        plan = await self._planner.plan(ask, model.info)
        if plan.cap is not None:
            plan = await laid_out(plan.cap)
        else:
            plan = going_on(plan, text, more.tokens)
        plan = await asyncio.to_thread(self._planner.bounded, plan)
        limits = plan.spent.limits
        retrimmed = self._retrimmer.of(plan, limits, laid_out)
        asked = SeamlessModel(model, model.info, bool(turn.reply.reasoning))
        call = Call(asked, plan, past, ask.query, limits, retrimmed, chosen=False)
        async for event in self._replier.call(progress, call):
            yield event

    async def reading(
        self,
        conversation_id: str | None,
        draft: str,
        settings: ReplySettings,
        files: Sequence[Attachment] = (),
    ) -> MeterReading:
        """The meter while nothing streams: what sending the draft with those files would take,
        with the turns and notes that it calls for, without the passages, which only sending
        looks up, and as filters leave the draft. Earlier turns and files are counted as they are:
        filtering all of them with each word would take too long."""
        name, settings = await self._for_model(settings)
        info = await self._catalog.info(name)
        reading = await self._reading(conversation_id, draft, settings, files, info)
        return replace(reading, keyless=bool(await self._catalog.lacking(name)))

    async def _reading(
        self,
        conversation_id: str | None,
        draft: str,
        settings: ReplySettings,
        files: Sequence[Attachment],
        info: ModelInfo,
    ) -> MeterReading:
        if conversation_id is None and not (draft or files or settings.media):
            # A window that only stands there needs no vocabulary, which is half of its memory.
            spent = await self._planner.spent(None, settings.max_cost)
            return await asyncio.to_thread(empty_meter, info, self._prices, spent)
        turns = (await self._store.load(conversation_id)).turns if conversation_id else ()
        ask = await self._asks.build(
            conversation_id, draft, turns, settings, info.name, look_up=False, foresee=True
        )
        # What it doesn't see is told when it is sent.
        media = tuple(one for one in settings.media if sees(info, one))
        ask = replace(ask, settings=replace(ask.settings, media=media))
        if self._screen is not None:
            draft = await self._screen.drafted(draft, info, settings.filters, conversation_id)
        ask = replace(ask, question=attach(draft, files, DRAFT_MARK))
        plan = await self._planner.foreseen(ask, info)
        return await asyncio.to_thread(idle_meter, plan, self._prices, draft)

    async def plan(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        look_up: bool = True,
        to_send: bool = False,
    ) -> Plan:
        """The call that `reply` would make, passages and all, without making it, as filters
        leave it: raises FilterBlocked. Without `look_up`, the last turn's passages stand for those
        that would be found. `to_send`: it is sent by another way, so that the user is asked where a
        filter wants that."""
        turns = (await self._store.load(conversation_id)).turns if conversation_id else ()
        name, settings = await self._for_model(settings)
        info = await self._catalog.info(name)
        ask = await self._asks.build(
            conversation_id, question, turns, settings, info.name, look_up=look_up
        )
        if not look_up:
            ask = replace(ask, passages=tuple(ask.likely))
        plan = await self._planner.plan(ask, info)
        left, screened = await self._replier.screened(plan, settings.filters, conversation_id)
        if to_send and screened is not None and self._screen is not None:
            await self._screen.confirmed(screened, info.name)
        return left

    def bounded(self, plan: Plan) -> Plan:
        """The plan within the budget. Raises BudgetExceeded."""
        return self._planner.bounded(plan)

    async def model_name(self, settings: ReplySettings) -> str:
        """The full name of the model that would answer. Raises UnknownModel."""
        if settings.model != AUTO:
            return await self._catalog.resolve(settings.model)
        return await self._catalog.auto(await self._store.last_model())

    async def _for_model(self, settings: ReplySettings) -> tuple[str, ReplySettings]:
        """The full name of the model that would answer, and what its profile makes of it.
        Raises UnknownModel, UsageError."""
        name = await self.model_name(settings)
        return name, await settings_on(settings, name)

    async def _begin(
        self,
        conversation_id: str | None,
        question: str,
        parent: str | None,
        media: Sequence[Medium],
        *,
        ask: bool,
    ) -> tuple[str, tuple[StoredTurn, ...], StoredTurn]:
        """Stores the question. Returns the conversation's id, the turns before the new one,
        and the new one."""
        # The turns before this one may be among what waits to be saved.
        await self._saving.catch_up()
        if conversation_id is None:
            created = await self._store.create(ask=ask)
            begun = await self._store.begin_turn(created.id, question, media=media)
            return created.id, (), begun
        before = await self._store.load(conversation_id)
        stored = await self._store.begin_turn(before.id, question, parent=parent, media=media)
        ids = [turn.id for turn in before.turns]
        if parent == HEAD or parent in ids:
            # Not read again: the path of a long conversation takes its time.
            past = before.turns if parent == HEAD else before.turns[: ids.index(parent) + 1]
            return before.id, past, stored
        return before.id, (await self._store.load(before.id)).turns[:-1], stored

    async def _answer(
        self,
        progress: Progress,
        past: tuple[StoredTurn, ...],
        hold: Hold | None,
    ) -> AsyncIterator[AssistantEvent]:
        """From the stored question to the last token; fills `progress` on the way."""
        progress.model, progress.settings = await self._for_model(progress.settings)
        progress.charge.filters = progress.settings.filters
        if self._screen and self._screen.names(progress.model, progress.settings.filters):
            # Before its words go to whoever embeds or rewrites them.
            info = await self._catalog.info(progress.model)
            await self._screen.check(progress.turn.question, info, progress.settings.filters)
        with charging(progress.charge):
            model, ask = await both(
                self._catalog.open(progress.model),
                self._asks.build(
                    progress.conversation_id,
                    progress.turn.question,
                    past,
                    progress.settings,
                    progress.model,
                ),
            )
        try:
            plan = await self._planner.plan(ask, model.info)
        except ContextTooLong:
            typed = without_attachments(ask.question)
            if not ask.attached or wish_of(typed) is None or hold is not None:
                raise
            # An attached file that is to be summed up, and is too long to be read at once.
            ask = replace(ask, question=typed, passages=ask.attached, attached=(), whole=True)
            plan = await self._planner.plan(ask, model.info)
        if ask.whole and self.whole is not None and hold is None:
            progress.form = ask.form or progress.form
            whole = self.whole.prepared(ask, model.info, plan, progress)
            async with aclosing(whole) as steps:
                async for step in steps:
                    if isinstance(step, DocumentTaken):
                        yield step
                    else:
                        ask, plan = step.ask, step.plan
        if hold is None:
            plan = await asyncio.to_thread(self._planner.bounded, plan)
            limits: Sequence[Limit] = plan.spent.limits
        else:
            bounded = await hold(plan)
            plan, limits = bounded.plan, bounded.limits
            if bounded.aside is not None:
                progress.settings = replace(progress.settings, max_cost=bounded.aside)
        retrimmed = self._retrimmer.of(
            plan, limits, lambda most: self._planner.plan(ask, model.info, most=most)
        )
        # What a prompt leaves out can't be what the marks of its reply mean.
        before = past if progress.settings.remember else ()
        call = Call(
            model,
            plan,
            before,
            ask.query,
            limits,
            retrimmed,
            hold is None,
            hold is not None,
            ask.limited,
        )
        async for event in self._replier.call(progress, call):
            yield event
