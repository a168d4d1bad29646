"""What keys and widgets ask of the window and a command fulfils. Commands load when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on

from chatui.app_work import WorkingApp
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.app import ChatuiApp
    from chatui.memory.records import Note
    from chatui.passage import Passage
    from chatui.retrieval.embedder import Preparation
    from chatui.widgets.sources import SourcesPanel
    from chatui.widgets.transcript import Transcript


class CommandedApp(WorkingApp):
    """The lower half of ChatuiApp, which it can't do without."""

    offered_model = ""
    """The full name of a model that was just fetched; the key for the next model takes it."""

    @property
    def _window(self) -> ChatuiApp:
        return cast("ChatuiApp", self)

    def command(self, name: str, argument: str = "") -> None:
        """Runs a slash command, as if it had been typed."""
        from chatui.app_commands import registry

        self.begin("command", registry.run, self._window, name, argument)

    def action_slash(self, name: str) -> None:
        self.command(name)

    def action_scroll_page_up(self) -> None:
        if self._window.view.transcript:
            self._window.view.transcript.scroll_page_up()

    def action_scroll_page_down(self) -> None:
        if self._window.view.transcript:
            self._window.view.transcript.scroll_page_down()

    def action_next_model(self) -> None:
        from chatui.app_commands import switching

        self.begin("command", switching.next_recent, self._window)

    def action_search_history(self) -> None:
        from chatui.app_commands import writing

        self.begin("command", writing.search_history, self._window)

    @on(Composer.CompletionWanted)
    def _completion_wanted(self, event: Composer.CompletionWanted) -> None:
        from chatui.app_commands import completions

        self.begin("completion", completions.offer, self._window, event.trigger)

    @on(CompletionList.Clicked)
    def _completion_clicked(self) -> None:
        self._window.view.composer.action_complete()
        self._window.view.composer.focus()

    def on_transcript_turn_action(self, event: Transcript.TurnAction) -> None:
        from chatui.app_commands import turns

        self.begin("command", turns.act, self._window, event.key, event.action)

    async def on_transcript_citation_chosen(self, event: Transcript.CitationChosen) -> None:
        turn = self._window.session.path.turn(event.key)
        if turn and event.n in [citation.n for citation in turn.reply.citations]:
            await self._window.view.open_sources(turn, event.n)

    def on_sources_panel_passage_chosen(self, event: SourcesPanel.PassageChosen) -> None:
        self.open_passage(event.passage, event.line)

    def open_passage(self, passage: Passage, line: int) -> None:
        """Shows that line of the document that the passage was taken from, or its page."""
        from chatui.app_commands import writing

        self.begin("command", writing.open_passage, self._window, passage, line)

    async def action_quit_when_empty(self) -> None:
        if not self._window.view.composer.text:
            await self.action_quit()

    def refresh_boundary(self) -> None:
        """Draws where the prompt begins, when that may have changed."""
        from chatui.app_commands import boundary

        self.begin("boundary", boundary.draw, self._window)

    def say_warning(self, text: str) -> None:
        self.say(text, "warning")

    def say_proposals(self, notes: Sequence[Note]) -> None:
        first, more = notes[0], f", and {len(notes) - 1} more" if notes[1:] else ""
        self.say(f"Worth a note? “{first.text}”{more} · /memory keeps or declines")

    def say_preparation(self, progress: Preparation) -> None:
        step = f"{progress.step} of {progress.steps}"
        self.say(f"Preparing the embedding model, this once: {progress.text} ({step}).")
