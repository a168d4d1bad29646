"""What a slash command may ask of the window: its view, its session, work that takes its time,
a question to be asked, and what is shown again when something has changed.

Commands are written against `Window`, never against the app that registers them.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from textual import on
from textual.worker import Worker, WorkerState

from chatui.app.kept_looks import KeptLooks, write_looks
from chatui.app.shell import CHAIN, PULL, REPLY, Shell, StillAtWork, spare_the_collector
from chatui.domain.errors import ChatuiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.app.draft_meter import DraftMeter
    from chatui.app.replies import Replies
    from chatui.app.shown_copies import ShownCopies
    from chatui.app.unsent import UnsentText
    from chatui.app.waiting import WaitingQuestions
    from chatui.domain.media import Medium
    from chatui.domain.usage import LimitLeft
    from chatui.memory.store.drafts import Draft
    from chatui.retrieval.ingest.report import IngestReport

Edited = Literal["question", "answer"]
UNSENT = "unsent"


def said_together(draft: Draft) -> str:
    """What was to be asked and what was being typed, as one text for the composer."""
    return "\n\n".join(text for text in (*draft.waiting, draft.text) if text.strip())


class Window(Shell):
    """The shell with a conversation in it. Its parts are made when they are first needed, which is
    after the first frame."""

    offered_model = ""
    """The full name of a model that was just fetched; the key for the next model takes it."""
    looks = KeptLooks()
    _looks_file: Path | None = None
    _is_ready = False
    """Whether what a question needs was loaded ahead."""
    editing: str | None = None
    """The key of the turn whose question or answer is in the composer to be changed."""
    edited: Edited = "question"
    copied_last = ("", "", 0)
    """The turn, the kind and the place of the part of an answer that was copied last."""
    _held_up: StillAtWork | None = None
    """What was refused last because of work that goes on."""
    last_ingest: IngestReport | None = None
    """What came of the files that were read last."""

    @cached_property
    def shown_copies(self) -> ShownCopies:
        from chatui.app.shown_copies import ShownCopies

        return ShownCopies()

    @cached_property
    def replies(self) -> Replies:
        from chatui.app.replies import Replies

        return Replies(self, self._stop_key, self._reply_ended)

    @cached_property
    def waiting(self) -> WaitingQuestions:
        from chatui.app.waiting import WaitingQuestions

        return WaitingQuestions(self, self.ask, self.keep_unsent)

    @cached_property
    def meter(self) -> DraftMeter:
        from chatui.app.draft_meter import DraftMeter

        return DraftMeter(self, lambda: self.editing, self._limits_of)

    @cached_property
    def unsent(self) -> UnsentText:
        from chatui.app.unsent import UnsentText

        return UnsentText(self.session, self._not_sent)

    # Asking

    def ask(
        self, question: str, parent: str | None, model: str = "", media: Sequence[Medium] = ()
    ) -> None:
        """Asks behind the turn `parent`; None asks as the first turn of the conversation. `media`
        are what an earlier version of the question had."""
        self.leave_editing()
        self.view.attached.show(())
        self.view.composer.past_prompts.add(question)
        self.replies.ask(question, parent, model, media)
        self.meter.refresh()

    def _limits_of(self, model: str) -> tuple[LimitLeft, ...]:
        return self.replies.limits if model == self.replies.limits_of else ()

    def _stop_key(self) -> str:
        return self.keys.interrupt if self.waiting.texts else self.keys.cancel

    async def _reply_ended(self) -> None:
        """However the reply ended, the turn on the screen must not look as if it went on."""
        if self.session.is_pending:
            await self.session.reload()
            await self.show_conversation()
        self.show_state()

    def _tell_end(self) -> None:
        """That an answer is there for which the user did not wait here."""
        took = self.replies.waited_seconds
        if not self.app_focus and not self.waiting.texts and took >= self.ui.notify_after_seconds:
            name = self.session.title
            told = f"The answer is there: {name}" if name else "The answer is there."
            self.notify_terminal(told)

    @on(Worker.StateChanged)
    async def _work_ended(self, event: Worker.StateChanged) -> None:
        if event.worker.group == REPLY and event.worker.is_finished:
            if not self.is_replying:
                self.replies.end_edge()
                self.meter.reply_ended()
                self._tell_end()
            self.show_title()
            self.waiting.ask_next(event.state == WorkerState.SUCCESS)
        self._end_refusal()
        if event.state != WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, StillAtWork):
            self._held_up = error
            # Where that has ended meanwhile, the sentence is none that stays.
            self.say(str(error), "error" if self.at_work(error.group) else "warning")
        elif isinstance(error, ChatuiError):
            self.say(str(error), "error")
        elif error is not None:
            where = f"the window, at its work {event.worker.group!r}"
            self.say(await asyncio.to_thread(self.faults.record, where, error), "error")

    def _end_refusal(self) -> None:
        """What was refused because of some work can be had when that has ended."""
        if self._held_up is not None and not self.at_work(self._held_up.group):
            if self.view.notice.text == str(self._held_up):
                self.view.notice.dismiss()
            self._held_up = None

    async def leave(self) -> None:
        await self.settle()
        await self.end_groups(CHAIN, PULL)
        await self.unsent.keep()
        self.exit()

    async def action_quit(self) -> None:
        self.begin("leave", self.leave)

    # What is typed and not sent

    def _not_sent(self) -> Draft:
        from chatui.memory.store.drafts import Draft

        asked = (self.replies.on_its_way,) if self.replies.on_its_way else ()
        return Draft(self.view.composer.draft, (*asked, *self.waiting.texts))

    def keep_unsent(self) -> None:
        """Stores it in a moment."""
        if self.opened and not self.at_work(UNSENT):
            self.begin(UNSENT, self.unsent.keep_soon)

    async def take_up_unsent(self) -> None:
        """Brings back what was not sent when a window was closed or killed; what was typed
        meanwhile stays, and that is in the history then."""
        text = said_together(await self.unsent.taken_up())
        if not text:
            return
        composer = self.view.composer
        if composer.text.strip():
            composer.past_prompts.add(text)
            self.say("What you had not sent is in the history: ↑ brings it back.")
        else:
            composer.fill(text)
            self.say("What you had not sent is here again.")

    async def confirm_swaps(self, model: str, swaps: Sequence[tuple[str, str]]) -> bool:
        """Shows what filters changed in what is about to be sent. Within the reply's worker."""
        from chatui.widgets.filter_panel import FilterPanel

        return await self.push_screen_wait(FilterPanel(model, swaps))

    async def confirm_cost(self, sentence: str) -> bool:
        """Asks whether what is told may be spent. Within the reply's worker."""
        from chatui.widgets.cost_panel import CostPanel

        return await self.push_screen_wait(CostPanel(sentence))

    # Looks that stay

    def choose_theme(self, name: str) -> None:
        """For good: the next window has it as well, until the config says another one."""
        self.theme = name
        self.keep_looks(theme=name, instead_of=self.ui.theme)

    async def choose_vim(self, on: bool) -> None:
        """Vim's keys, for good as well."""
        await self.view.use_vim(on)
        self.keep_looks(vim=None if on == self.ui.vim else on)

    def keep_looks(self, **changes: Any) -> None:
        self.looks = replace(self.looks, **changes)
        if self._looks_file is not None:
            self.begin("looks", self._write_looks, self._looks_file)

    async def _write_looks(self, path: Path) -> None:
        try:
            await asyncio.to_thread(write_looks, path, self.looks)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self.say(f"The next window won't look like this: {path} can't be written, {why}.")

    # What is on the screen

    async def show_conversation(self) -> None:
        """Draws the session's turns anew."""
        from chatui.app.shown import shown_path

        self.leave_editing()
        draft = await self.unsent.change_over()
        if draft is not None:
            self.waiting.clear()
            self.view.composer.fill(said_together(draft))
        if self.session.not_there:
            self.say(self.session.not_there, "warning")
            self.session.not_there = ""
        await self.view.show(shown_path(self.session.path))
        self.show_state()

    def show_state(self) -> None:
        if self.session.is_open:
            self.show_title()
            self.begin("choices", self.session.keep_choices)
            settings = self.session.settings
            documents = f"documents: {settings.collection}" if settings.rag else "no documents"
            if settings.rag and settings.only:
                from chatui.text.file_naming import base_names, in_short

                documents = f"only {in_short(base_names(settings.only), 1)}"
            form = "JSON" * (settings.options.json_schema is not None)
            brief = "brief answers" * settings.concise
            profile = self.session.choices.profile
            self.view.show_state(self.session.title, profile, documents, form, brief)
            self.meter.refresh()
            self.refresh_boundary()
            self.refresh_welcome()

    def start_editing(self, key: str, text: str, what: Edited = "question") -> None:
        self.editing, self.edited = key, what
        self.view.start_editing(text, what)

    def leave_editing(self) -> None:
        self.editing = None
        self.view.leave_editing()

    def draft_changed(self) -> None:
        self.keep_unsent()
        self.get_ready_to_ask()
        self.meter.draft_changed()

    def get_ready_to_ask(self) -> None:
        """Once, when something is written: a window that only stands there stays small."""
        if self.opened and not self._is_ready:
            self._is_ready = True
            self.begin("warm", self._load_ahead)

    async def _load_ahead(self) -> None:
        # What is wrong is told by the meter, and by the question.
        with suppress(ChatuiError):
            await self.session.warm_to_ask()
        if not self.is_headless:
            spare_the_collector()

    # What an empty chat shows

    def refresh_welcome(self) -> None:
        """Tells what answers and what was found, while there is nothing else to show."""
        if self.opened and self.view.welcome.display:
            self.begin("welcome", self._show_welcome)

    async def _show_welcome(self) -> None:
        from chatui.app.at_hand import welcome_facts

        services = await self.session.services()
        self.view.welcome.show(await welcome_facts(services, self.session.settings))

    # Where the prompt begins, and which turns have versions

    def refresh_boundary(self) -> None:
        """Draws where the prompt begins and which turns have versions, when that may have
        changed."""
        self.begin("boundary", self._draw_boundary)

    async def _draw_boundary(self) -> None:
        from chatui.app.boundary import boundary_of

        if self.view.transcript is not None:
            self.view.transcript.show_versions(await self.session.versions())
            standing = await self.session.standing()
            turns = self.session.path.turns
            self.view.transcript.show_boundary(boundary_of(turns, standing) if standing else None)
