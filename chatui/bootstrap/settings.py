"""The settings as the values that the parts of a turn take; the part of the composition root
that makes no objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from chatui.assistant.query_rewrite import RewriteSettings
from chatui.bootstrap.sampling import sampling
from chatui.config.schema import Config, ModelTable, Provider
from chatui.domain.errors import ConfigError
from chatui.domain.known_providers import known_provider, provider_at
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.models.catalog import AUTO, BUILTIN
from chatui.models.hosted.endpoint import Endpoint, address_in_force
from chatui.system.api_key import KeySource


def refuse_quoting_writers(config: Config) -> None:
    """Raises ConfigError when the built-in model is to write queries or notes: it only quotes."""
    named = {
        "retrieval.rewrite_model": config.retrieval.rewrite_model,
        "retrieval.query_model": config.retrieval.query_model,
        "memory.note_model": config.memory.note_model,
    }
    for key, name in named.items():
        if name in (BUILTIN.name, BUILTIN.model):
            raise ConfigError(
                f"{key} can't be {BUILTIN.name}, which only quotes documents; name a "
                'chat model there, or set it to "".'
            )


def writing(config: Config) -> RewriteSettings:
    retrieval = config.retrieval
    return RewriteSettings(retrieval.rewrite_model, retrieval.query_variants, retrieval.query_model)


def endpoints(config: Config) -> list[Endpoint]:
    return [
        Endpoint(
            name,
            address := address_in_force(name, provider.base_url),
            KeySource(
                name,
                env=provider.api_key_env,
                command=provider.api_key_command,
                optional=_is_at_home(name, provider, address),
            ),
            provider.models,
            provider.context_size or None,
            first_token_seconds=provider.first_token_seconds,
            silence_seconds=provider.timeout_seconds,
            retries=provider.retries,
            local=provider.local,
            num_ctx=provider.num_ctx or None,
            keep_alive=provider.keep_alive,
            ca_file=provider.ca_file,
            api=provider.api or None,
            prompt_cache=provider.prompt_cache,
            service_tier=provider.service_tier,
            routing=_told(provider.provider),
            reasoning=_told(provider.reasoning),
        )
        for name, provider in config.providers.items()
    ]


def _is_at_home(name: str, provider: Provider, address: str) -> bool:
    """Whether a known provider's name stands for a server of the user's own, which need not want
    that provider's key: only the table of providers names it."""
    known = known_provider(name)
    return known is not None and provider.api_key_env == known.keys and not provider_at(address)


def _told(section: Any) -> dict[str, Any]:
    """What is set in a section that is handed on by its own names, as JSON has it."""
    if section is None:
        return {}
    values = {one.name: getattr(section, one.name) for one in fields(section)}
    told = {name: value for name, value in values.items() if value is not None}
    return {name: _as_json(value) for name, value in told.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, tuple):
        return list(value)
    return _told(value) if is_dataclass(value) else value


def told_vision(config: Config, name: str) -> bool | None:
    """Whether the model of that full name sees, as far as the user has said so."""
    return next((one.vision for one in _tables(config, name) if one.vision is not None), None)


def named_projector(config: Config, name: str) -> str:
    """The path of what the user says that the model of that full name sees with."""
    return next((one.mmproj for one in _tables(config, name) if one.mmproj), "")


def _tables(config: Config, name: str) -> Sequence[ModelTable]:
    """What the user says of a model: by its name, else by patterns."""
    exact = config.models.get(name)
    if exact:
        return (exact,)
    return [table for pattern, table in config.models.items() if fnmatchcase(name, pattern)]


def reply_settings(config: Config) -> ReplySettings:
    """What a reply is made with before any profile. Reads the file of a grammar, so not for the
    event loop. Raises UsageError."""
    return ReplySettings(
        model=config.chat.model or AUTO,
        system=config.chat.system,
        collection=config.retrieval.collection,
        rag=config.retrieval.enabled,
        options=sampling(config.chat.options),
    )


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
