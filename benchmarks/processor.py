"""What a figure depends on of the processor: the instructions that products of eight bits use."""

from __future__ import annotations

from chatui.retrieval.embedding.pace import processor_details

TELLING = ("avx2", "avx512f", "asimddp", "i8mm")


def instructions() -> str:
    details = processor_details()
    flags = set((details.get("flags") or details.get("Features", "")).split())
    vnni = sorted(flag for flag in flags if "vnni" in flag)
    return ", ".join([*(vnni or ["no VNNI"]), *(one for one in TELLING if one in flags)])
