"""How models on this machine are run: plain values that go to a child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlashAttention = Literal["auto", "on", "off"]
CacheType = Literal["f16", "q8_0", "q4_0"]

MOST_ROWS = 16
"""Replies side by side; more have not been measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    """`context` is the largest context that may be opened, in tokens; it is opened with
    `first_context` and grows, because its memory is taken at once, used or not. `threads` generate,
    `batch_threads` read a prompt, in pieces of `batch` tokens. `cache_k` and `cache_v` are how
    the context's keys and values are kept. `gpu_layers` below 0 are all. `chat_format` is a name
    of llama.cpp's or the path of a Jinja file; "" takes what stands in the model's file.
    `saved_bytes` bounds what is kept of conversations that another one took the place of.
    `places` is how many replies are computed side by side in the context, where the model can.
    `projector` is the path of the file that it sees pictures with, "" for one that sees none."""

    context: int
    first_context: int = 4096
    threads: int = 1
    batch_threads: int = 1
    batch: int = 512
    flash_attention: FlashAttention = "auto"
    cache_k: CacheType = "f16"
    cache_v: CacheType = "f16"
    gpu_layers: int = -1
    chat_format: str = ""
    saved_bytes: int = 512 << 20
    places: int = 1
    projector: str = ""
