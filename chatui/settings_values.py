"""The settings as the values that the parts of a turn take; the part of the composition root
that makes no objects."""

from __future__ import annotations

from chatui.config import Config
from chatui.config import Profile as ProfileTable
from chatui.keys import KeySource
from chatui.memory.policy import MemoryChoice, MemoryPolicy
from chatui.models.catalog import AUTO
from chatui.models.endpoint import Endpoint, address_in_force
from chatui.profiles.profile import Profile, ReplySettings
from chatui.query_writing import WritingSettings
from chatui.sampling import sampling


def writing(config: Config) -> WritingSettings:
    retrieval = config.retrieval
    return WritingSettings(retrieval.rewrite_model, retrieval.query_variants, retrieval.query_model)


def endpoints(config: Config) -> list[Endpoint]:
    return [
        Endpoint(
            name,
            address_in_force(name, provider.base_url),
            KeySource(name, env=provider.api_key_env, command=provider.api_key_command),
            provider.models,
            provider.context_size or None,
            first_token_seconds=provider.first_token_seconds,
            silence_seconds=provider.timeout_seconds,
            retries=provider.retries,
            local=provider.local,
        )
        for name, provider in config.providers.items()
    ]


def settings_of(config: Config) -> tuple[ReplySettings, dict[str, Profile]]:
    """What a reply is made with, without and with each profile. Reads the files of grammars, so
    not for the event loop. Raises UsageError."""
    profiles = {name: profile(name, table) for name, table in config.profiles.items()}
    return reply_settings(config), profiles


def reply_settings(config: Config) -> ReplySettings:
    return ReplySettings(
        model=config.chat.model or AUTO,
        system=config.chat.system,
        collection=config.retrieval.collection,
        rag=config.retrieval.enabled,
        options=sampling(config.chat.options),
    )


def profile(name: str, table: ProfileTable) -> Profile:
    memory = MemoryChoice(
        cap=table.memory.cap_tokens,
        turns=table.memory.last_turns,
        full=table.memory.full,
        too_long=table.memory.too_long,
        summarise=table.memory.summarise,
        recall=table.memory.recall,
    )
    options = sampling(table.options)
    return Profile(name, table.system, table.model, table.collection, table.rag, options, memory)


def memory_policy(config: Config) -> MemoryPolicy:
    memory = config.memory
    return MemoryPolicy(
        cap=memory.cap_tokens,
        turns=memory.last_turns,
        full=memory.full,
        reserve=memory.reserve_output_tokens,
        low_water=memory.low_water,
        too_long=memory.too_long,
        summarise=memory.summarise,
        summary_tokens=memory.summary_tokens,
        recall=memory.recall,
        recall_tokens=memory.recall_tokens,
    )
