"""How alike the question and the pieces are, by one model or by two that share the work."""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import mul

from chatui.domain.errors import EmbedderFailed, WorkerError
from chatui.models.extractive.alignment import Alignment
from chatui.system.tasks import both
from chatui.text.languages import asks_in_english, may_be_english

Embed = Callable[[Sequence[str]], Awaitable[list[bytes]]]
"""Normalised little-endian float32 vectors, one per text."""
MetEach = Callable[[str, Sequence[str]], Awaitable[list[list[float]]]]
"""For each text how near it comes to each word of a question, as cosines."""

CLOSE = 24
"""Pieces that the slower model compares, the best by what is known before: more changed no figure,
only the time."""

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

ABOUT_IT = 0.5
"""By how much one of those sentences is nearer than the others of its language to a question that
is about it."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """`pieces` are cosines to the question, 0 where they were not taken; `noise` is what a
    question has to sentences of its own language that have nothing to do with it, told by sentences
    of ten languages and by the pieces that are least like it."""

    pieces: Sequence[float]
    noise: float
    by_both: bool = False
    """Whether two models share the work."""
    headings: Sequence[float] = ()
    """Those of the headings that the pieces stand under."""
    alignment: Alignment | None = None
    """None where the words can't be told apart, or were not looked at."""


class SentenceComparer:
    """`embed` is a model that is slow, or knows English alone; `universal` one that is quick and
    knows many languages, where there is one, and `met` what compares single words by that."""

    def __init__(
        self, embed: Embed, universal: Embed | None = None, met: MetEach | None = None
    ) -> None:
        self._embed = embed
        self._universal = universal
        self._met = met
        self._unrelated: list[bytes] = []

    async def compared(
        self, question: str, texts: Sequence[str], promising: Sequence[int]
    ) -> Likeness | None:
        """`promising` are the places of the texts that are worth the slower model. None when a
        model fails."""
        try:
            if self._universal is None:
                return await self._by_one(question, texts, promising)
            return await self._by_both(self._universal, question, texts, promising)
        except (EmbedderFailed, WorkerError):
            # The retriever reports a broken embedder; quoting by words still helps.
            return None

    async def aligned(self, question: str, texts: Sequence[str]) -> list[list[float]] | None:
        """How near each of the texts comes to each word of the question, as cosines; None without a
        model that tells it, and when that fails."""
        if self._met is None:
            return None
        try:
            return await self._met(question, texts)
        except (EmbedderFailed, WorkerError):
            return None

    async def _by_one(
        self, question: str, texts: Sequence[str], promising: Sequence[int]
    ) -> Likeness:
        noise, taken = await self._taken(self._embed, question, [texts[at] for at in promising])
        found = [0.0] * len(texts)
        for place, cosine in zip(promising, taken, strict=True):
            found[place] = cosine
        return Likeness(found, noise)

    async def _by_both(
        self, universal: Embed, question: str, texts: Sequence[str], promising: Sequence[int]
    ) -> Likeness:
        """The mean of the two for English, what the second says for all else."""
        english = [at for at in promising if may_be_english(texts[at])]
        if not english or not asks_in_english(question):
            noise, taken = await self._taken(universal, question, texts)
            return Likeness(taken, max(noise, least_likeness(taken)), by_both=True)
        (noise, taken), (asked, *vectors) = await both(
            self._taken(universal, question, texts),
            self._embed([question, *(texts[at] for at in english)]),
        )
        found = list(taken)
        for place, cosine in zip(english, cosines(asked, vectors), strict=True):
            found[place] = (found[place] + cosine) / 2
        return Likeness(found, noise, by_both=True)

    async def _taken(
        self, embed: Embed, question: str, texts: Sequence[str]
    ) -> tuple[float, list[float]]:
        if not self._unrelated:
            self._unrelated = await embed([text for group in UNRELATED for text in group])
        asked, *vectors = await embed([question, *texts])
        return floor(cosines(asked, self._unrelated)), cosines(asked, vectors)


def cosines(query: bytes, vectors: Sequence[bytes]) -> list[float]:
    """Cosine similarities of normalised float32 vectors."""
    wanted = array("f", query)
    return [sum(map(mul, wanted, array("f", vector))) for vector in vectors]


def floor(similarities: Sequence[float]) -> float:
    """The noise floor from the question's cosines to all of UNRELATED, in their order. A question
    that itself asks when the train leaves is near to that sentence for another reason."""
    start, means = 0, []
    for group in UNRELATED:
        *rest, second, first = sorted(similarities[start : start + len(group)])
        taken = [*rest, second] if first - second > ABOUT_IT else [*rest, second, first]
        means.append(sum(taken) / len(taken))
        start += len(group)
    return max(means)


def least_likeness(similarities: Sequence[float]) -> float:
    """What three quarters of the pieces have at least. A model that does not know the question's
    language finds all of its sentences alike: it is 0.45 in Vietnamese and 0.49 in Greek, and 0.0
    to 0.14 in German, Russian, Turkish, Thai and Arabic."""
    return sorted(similarities)[len(similarities) // 4] if similarities else 0.0
