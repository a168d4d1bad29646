"""A comparison from its question to what it leaves: the answers, drawn as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.worker import WorkerError

from chatui.app.comparison import Comparison
from chatui.app.countdown import countdown, left_out
from chatui.app.shell import SETTLING_SECONDS
from chatui.app.shown import shown_question, shown_turn
from chatui.assistant.compare.compare import LaneEvent, LaneFailed
from chatui.assistant.events import MeterChanged, PassagesFound, TurnSettled, TurnStarted
from chatui.domain.errors import ChatuiError
from chatui.domain.usage import total_cost
from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack
from chatui.text import figures
from chatui.widgets.compare_screen import CompareScreen

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.widgets.compare_lane import Lane

GROUP = "compare"


async def run(window: Window, models: Sequence[str], question: str) -> None:
    """Shows the answers of these models, full names, until one is kept or all are left."""
    comparison = Comparison(window.session, models)
    catalog = (await window.session.services()).catalog
    lacking = filter(None, [await catalog.lacking(model) for model in models])

    def ask(written: str) -> None:
        window.begin(GROUP, follow, window, screen, comparison, written)

    again = bool(comparison.last_question)
    screen = CompareScreen(
        models,
        again=again,
        question=question,
        remark=" ".join(lacking),
        ask=ask,
        stop=comparison.stop,
    )
    number = await window.push_screen_wait(screen)
    comparison.stop()
    await settled(window)
    if comparison.started:
        await end(window, comparison, number)


async def resolved(window: Window, named: Sequence[str]) -> list[str]:
    """The full names; a single model gets the one that answers now beside it. Raises
    UsageError, UnknownModel."""
    services, settings = await window.session.services(), window.session.settings
    if len(named) == 1:
        named = [await services.assistant.model_name(settings), *named]
    return await services.comparer.names([replace(settings, model=name) for name in named])


async def follow(
    window: Window, screen: CompareScreen, comparison: Comparison, question: str
) -> None:
    """From the question to the end of the last answer."""
    try:
        async with aclosing(comparison.ask(question)) as events:
            async for told in events:
                if screen.is_attached:
                    await draw(window, screen, told)
                if isinstance(told.event, TurnStarted) and told.lane == 0:
                    window.view.composer.past_prompts.add(question or comparison.last_question)
                if isinstance(told.event, TurnSettled):
                    window.begin("totals", show_totals, screen, comparison)
    except ChatuiError as error:
        screen.refuse(question, str(error))
    # A fault of ours, which the window tells of: no answer may look as if it still came.
    except Exception:
        for lane in screen.lanes:
            await lane.fail("This answer broke off inside chatui; ask again.")
        raise
    finally:
        if screen.is_attached:
            screen.ended()


async def draw(window: Window, screen: CompareScreen, told: LaneEvent) -> None:
    lane, waiting = screen.lanes[told.lane], f"{GROUP} retry {told.lane}"
    for worker in window.at_work(waiting):
        worker.cancel()
    match told.event:
        case TurnStarted(question=question) if told.lane == 0:
            await screen.begin(shown_question(question))
        case PassagesFound(passages=passages):
            lane.show_passages(passages)
        case Retrying() as retry if retry.shorter:
            lane.say(left_out(retry), lasting=True)
        case Retrying() as retry:
            window.begin(waiting, count_down, lane, retry)
        case TextDelta(text):
            lane.append_text(text)
        case ReasoningDelta(text):
            lane.append_reasoning(text)
        case TextTakenBack():
            lane.take_back()
        case MeterChanged(reading):
            lane.read(reading)
        case TurnSettled(turn=turn):
            await lane.settle(shown_turn(turn))
        case LaneFailed(message=message):
            await lane.fail(message)


async def count_down(lane: Lane, retry: Retrying) -> None:
    async for told in countdown(retry):
        if lane.is_attached:
            lane.say(f"{told}.")


async def show_totals(screen: CompareScreen, comparison: Comparison) -> None:
    # Only a line of figures: what is wrong is said elsewhere.
    with suppress(ChatuiError):
        reading = await comparison.reading()
        if screen.is_attached:
            screen.show_totals(reading)


async def settled(window: Window) -> None:
    """Waits until what the models said is stored."""
    for worker in window.at_work(GROUP):
        with suppress(WorkerError):
            try:
                await asyncio.wait_for(asyncio.shield(worker.wait()), SETTLING_SECONDS)
            except TimeoutError:
                worker.cancel()
                await worker.wait()


async def end(window: Window, comparison: Comparison, number: int | None) -> None:
    """Goes on with the answer of that number, or without any, and says what it came to."""
    if number is None:
        await comparison.leave()
        others = any(turn.reply.text for turn in comparison.answers.values())
        told = "No answer was kept" + ("; /redo shows them." if others else ".")
    else:
        await comparison.keep(number - 1)
        told = f"{comparison.models[number - 1]} goes on; /undo shows the other answers."
    await window.show_conversation()
    costs = [turn.reply.cost for turn in comparison.answers.values() if turn.reply.cost]
    together = figures.moneys(total_cost(costs))
    window.say(f"{told} Together they took {together}.")
    window.view.composer.focus()
