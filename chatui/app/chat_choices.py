"""What the shown conversation is answered with: the model, and what was chosen over the config."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chatui.app.choices import Choices, read_choices
from chatui.domain.errors import ChatuiError, LibraryFailed, UsageError

if TYPE_CHECKING:
    from chatui.app.start import StartOptions
    from chatui.bootstrap.services import Services
    from chatui.jobs.profiles import Changes, ReplySettings

COLLECTION_MENTION = re.compile(r"#([\w.-]+)")
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class ChatChoices:
    """`services` gives the services as soon as they are open."""

    def __init__(self, services: Callable[[], Awaitable[Services]]) -> None:
        self._services = services
        self._base: ReplySettings | None = None
        self._choices = Choices()
        self._started_with = Choices()
        """What the chat was opened with, for conversations with nothing of their own."""
        self._model = ""
        self._kept: tuple[str, str] | None = None
        """What is stored of them for a conversation."""

    async def open(self, base: ReplySettings, start: StartOptions) -> None:
        """Takes the config's settings and what chatui was called with. Raises ChatuiError; a
        profile or a model that is not there leaves them usable without it."""
        self._base = base
        profile = start.profile or start.default_profile
        if profile:
            await self.use_profile(profile, start.variables)
        await self._take_flags(start)
        self._started_with = self._choices
        if start.model:
            await self.use_model(start.model)

    async def open_again(self, start: StartOptions) -> None:
        """What was said when chatui was called wins over what a conversation had."""
        if start.profile:
            await self.use_profile(start.profile, start.variables)
        await self._take_flags(start)

    async def _take_flags(self, start: StartOptions) -> None:
        if start.options:
            await self.choose_options({**self.options, **start.options})
        if start.collection:
            self.look_into(start.collection)

    @property
    def are_open(self) -> bool:
        return self._base is not None

    @property
    def settings(self) -> ReplySettings:
        """The config's, the profile's and what was set here; `on` makes them a model's."""
        if self._base is None:
            raise UsageError("The chat is still opening: try again in a moment.")
        settings = self._choices.over(self._base)
        return replace(settings, model=self._model or settings.model)

    async def settings_for(self, question: str) -> ReplySettings:
        """The settings, with the collection that the question names as `#name`."""
        from chatui.jobs.profiles import Layer

        # Read with each look at a draft, so that the sign comes first, which is quick to find.
        found = COLLECTION_MENTION.finditer(question)
        names = [one[1] for one in found if not one.start() or question[one.start() - 1].isspace()]
        if names:
            known: set[str] = set()
            with suppress(LibraryFailed):
                # Looking for the answer tells it.
                infos = await (await self._services()).library.collections()
                known = {info.name for info in infos}
            for name in names:
                if name in known:
                    named = Layer(origin=f"#{name}", collection=name, rag=True)
                    return replace(self.settings.over(named), only=())
        return self.settings

    @property
    def profile(self) -> str:
        """The name of the profile in use; "" is none."""
        return self._choices.profile.name if self._choices.profile else ""

    @property
    def options(self) -> Changes:
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

    def follow_moves(self, moves: Mapping[str, str]) -> None:
        """Files that are looked into are so where they have moved to, new paths by the old ones."""
        only = tuple(moves.get(path, path) for path in self._choices.only)
        self._choices = replace(self._choices, only=only)

    async def _follow(self) -> None:
        """Files that were renamed while nobody had the chat open are looked into all the same."""
        scopes = (await self._services()).assistant.scopes
        if self._choices.only and scopes is not None:
            # Of a library that can't be read the next question tells.
            with suppress(LibraryFailed):
                collection = self.settings.collection
                self.follow_moves(await scopes.moves(self._choices.only, collection))

    def set_concise(self, concise: bool) -> None:
        """Whether answers are asked to be brief."""
        self._choices = replace(self._choices, concise=concise)

    async def use_model(self, name: str) -> str:
        """Switches to the model and remembers it; its full name. Raises UnknownModel."""
        services = await self._services()
        self._model = await services.catalog.resolve(name)
        await services.store.remember_model(self._model)
        return self._model

    def answer_with(self, name: str) -> None:
        """Switches to the model of that full name, and remembers it when it has answered."""
        self._model = name

    async def use_profile(self, name: str, variables: Mapping[str, str] = NO_VARIABLES) -> None:
        """Takes the profile for the questions from now on. It wins over what was set here, but
        for sampling options. Raises UsageError, ConfigError."""
        services = await self._services()
        profile = await asyncio.to_thread(services.profiles.load, name)
        self._choices = self._choices.with_profile(profile.with_variables(variables), variables)
        if profile.model is not None:
            self._model = ""

    def leave_profile(self) -> None:
        """Goes back to what the chat has without one."""
        self._choices = replace(self._choices, profile=None, variables=NO_VARIABLES)

    async def choose_options(self, chosen: Changes) -> None:
        """Sets sampling options over the profile's and the config's, in place of those before."""
        await self._services()
        self._choices = replace(self._choices, chosen=chosen)

    async def keep(self, conversation_id: str) -> None:
        """Stores what is chosen with the conversation, where that has changed."""
        kept = self._choices.kept()
        if (conversation_id, kept) != self._kept:
            self._kept = conversation_id, kept
            await (await self._services()).store.keep_chosen(conversation_id, kept)

    async def take_up(self, conversation_id: str) -> str:
        """Takes what was chosen for the conversation; what of it is not there any more, as a
        sentence. One with nothing of its own has what the chat was opened with."""
        services = await self._services()
        stored = await services.store.chosen(conversation_id)
        self._kept = conversation_id, stored
        if not stored:
            self._choices = self._started_with
            return ""
        self._choices, name = read_choices(stored)
        await self._follow()
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

    def begin_anew(self) -> None:
        """A new conversation has the profile that the chat was opened with."""
        opened = self._started_with
        self._choices = replace(self._choices, profile=opened.profile, variables=opened.variables)
