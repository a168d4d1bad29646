"""The question sets that retrieval is measured on, and what counts as a hit."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COVERED = 0.8
Slice = tuple[str, int, int, int | None]
"""The source's name, start and end of the characters that a passage shows of it, and its page."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    source: str
    spans: tuple[tuple[int, int], ...]
    pages: tuple[int, ...] = ()

    def is_hit(self, shown: Sequence[Slice], covered: float = COVERED) -> bool:
        """Whether that share of one of the spans is shown, any overlap for 0; or one of the pages
        where the question names pages."""
        if self.pages:
            return any(source == self.source and page in self.pages for source, _, _, page in shown)
        own = [(start, end) for source, start, end, _ in shown if source == self.source]
        return any(
            sum(max(0, min(end, b) - max(start, a)) for a, b in own)
            >= max(1, covered * (end - start))
            for start, end in self.spans
        )


def spans(folder: Path) -> list[Question]:
    """`corpora/*.md`, and `questions.csv` with question, corpus_id and references."""
    with (folder / "questions.csv").open(newline="", encoding="utf-8") as rows:
        return [
            Question(
                row["question"],
                f"{row['corpus_id']}.md",
                tuple((r["start_index"], r["end_index"]) for r in json.loads(row["references"])),
            )
            for row in csv.DictReader(rows)
        ]


def squad(file: Path, articles: Path) -> tuple[list[Question], list[Question]]:
    """SQuAD's layout: writes a file per article into the folder; the questions with the
    answers' spans, and the same with the spans of whole paragraphs."""
    answers: list[Question] = []
    paragraphs: list[Question] = []
    for number, article in enumerate(json.loads(file.read_text("utf-8"))["data"]):
        name, text = f"{number}.md", ""
        for paragraph in article["paragraphs"]:
            base = len(text)
            text += paragraph["context"] + "\n\n"
            for qa in paragraph["qas"]:
                found = tuple(
                    (base + a["answer_start"], base + a["answer_start"] + len(a["text"]))
                    for a in qa["answers"]
                )
                answers.append(Question(qa["question"], name, found))
                whole = (base, base + len(paragraph["context"]))
                paragraphs.append(Question(qa["question"], name, (whole,)))
        (articles / name).write_text(text, "utf-8")
    return answers, paragraphs


def asked(folder: Path) -> list[Question]:
    """`queries.jsonl`: a line for each with query, source, and start and end of the answer or the
    pages of its evidence."""
    lines = (folder / "queries.jsonl").read_text("utf-8").split("\n")
    return [_asked(json.loads(line)) for line in lines if line]


def _asked(line: dict[str, Any]) -> Question:
    if line.get("start") is None:
        pages = tuple(one["page"] for one in line["evidence"])
        return Question(line["query"], line["source"], (), pages)
    return Question(line["query"], line["source"], ((line["start"], line["end"]),))


def within(shown: Sequence[Slice], characters: int) -> list[Slice]:
    """What of the passages stands in their first so many characters."""
    cut: list[Slice] = []
    for source, start, end, page in shown:
        if characters <= 0:
            break
        cut.append((source, start, min(end, start + characters), page))
        characters -= end - start
    return cut
