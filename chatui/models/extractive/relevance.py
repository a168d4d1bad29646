"""Tells whether the passages have to do with the question at all. Pure functions.

The evidence is the best passage's coverage of the question's terms, and the cosines of the
best passage and the best piece, as far as these can be trusted: a model that does not know
a language finds every two sentences of it alike. So cosines are taken relative to a floor,
the question's similarity to sentences of its own language that have nothing to do with it.

The limits were fitted on questions put to documents that hold the answer and to documents
that do not (five English corpora in all 20 splits, a Chinese one in halves).
"""

from __future__ import annotations

from collections.abc import Sequence

from chatui.models.extractive.scoring import Quotable
from chatui.text.terms import question_terms

UNRELATED = (
    ("What time does the train leave?", "The cat slept on the warm stone all afternoon.",
     "She bought three kilograms of potatoes at the market."),
    ("Wann fährt der Zug ab?", "Die Katze schlief den ganzen Nachmittag auf dem warmen Stein.",
     "Sie kaufte drei Kilo Kartoffeln auf dem Markt."),
    ("À quelle heure part le train ?", "Le chat a dormi tout l'après-midi sur la pierre chaude.",
     "Elle a acheté trois kilos de pommes de terre au marché."),
    ("¿A qué hora sale el tren?", "El gato durmió toda la tarde sobre la piedra caliente.",
     "Compró tres kilos de patatas en el mercado."),
    ("Во сколько отправляется поезд?", "Кошка спала весь день на тёплом камне.",
     "Она купила три килограмма картошки на рынке."),
    ("火车几点出发？", "猫整个下午都睡在温暖的石头上。", "她在市场上买了三公斤土豆。"),
    ("電車は何時に出発しますか。", "猫は午後ずっと暖かい石の上で眠っていた。",
     "彼女は市場でじゃがいもを三キロ買った。"),
    ("기차는 몇 시에 출발합니까?", "고양이는 오후 내내 따뜻한 돌 위에서 잤다.",
     "그녀는 시장에서 감자 삼 킬로를 샀다."),
    ("متى يغادر القطار؟", "نامت القطة على الحجر الدافئ طوال بعد الظهر.",
     "اشترت ثلاثة كيلوغرامات من البطاطس من السوق."),
    ("रेलगाड़ी कितने बजे छूटती है?", "बिल्ली पूरी दोपहर गरम पत्थर पर सोती रही।",
     "उसने बाज़ार से तीन किलो आलू खरीदे।"),
)  # fmt: skip
"""Everyday sentences in ten languages; a question is close to those of its own."""

TRUSTED_FLOOR = 0.2
"""Up to here cosines count in full. MiniLM: English 0.08 (95% of questions below 0.16)."""
USELESS_FLOOR = 0.5
"""From here on they don't count. MiniLM: Chinese 0.54, Arabic 0.7."""
ENOUGH_COVERAGE = 0.45
"""What the words alone must cover where cosines don't count."""
ENOUGH_SIMILARITY = 0.7
"""What is asked for on top where they do: the sum of two cosines above their floor."""


def floor(similarities: Sequence[float]) -> float:
    """The noise floor from the question's cosines to all of UNRELATED, in their order."""
    start, means = 0, []
    for group in UNRELATED:
        means.append(sum(similarities[start : start + len(group)]) / len(group))
        start += len(group)
    return max(means)


def is_relevant(
    question: str,
    pieces: Sequence[Quotable],
    similarities: Sequence[float],
    passage_similarity: float | None,
    noise: float,
) -> bool:
    """Whether any passage is about what the question asks.

    `similarities` are the pieces' cosines to the question (0 where not taken),
    `passage_similarity` is the best passage's, None when not taken; `noise` is the floor.
    A question without a subject of its own ("summarise this") takes whatever there is.
    """
    if not pieces:
        return False
    wanted = question_terms(question)
    if not wanted:
        return True
    best = max(similarities)
    trust = min(1.0, max(0.0, (USELESS_FLOOR - noise) / (USELESS_FLOOR - TRUSTED_FLOOR)))
    evidence = _above(best, noise) + _above(
        best if passage_similarity is None else passage_similarity, noise
    )
    return (
        _coverage(wanted, pieces) + trust * evidence >= ENOUGH_COVERAGE + trust * ENOUGH_SIMILARITY
    )


def _above(similarity: float, noise: float) -> float:
    return max(0.0, (similarity - noise) / (1 - noise)) if noise < 1 else 0.0


def _coverage(wanted: Sequence[str], pieces: Sequence[Quotable]) -> float:
    """The largest share of the wanted terms that one passage holds, headings included."""
    held: dict[int, set[str]] = {}
    for piece in pieces:
        held.setdefault(piece.n, set(piece.topic)).update(piece.terms)
    return max(sum(term in terms for term in wanted) for terms in held.values()) / len(wanted)
