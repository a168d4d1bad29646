from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.readers import markdown
from tests.properties import examples

PARAGRAPHS = {
    "English": "The river rose for three days and then it fell again within a week. " * 9,
    "Russian": "Река поднималась три дня, а потом за неделю снова опустилась к мосту. " * 9,
    "Arabic": "ارتفع النهر لمدة ثلاثة أيام ثم انخفض مرة أخرى في غضون أسبوع واحد. " * 9,
    "Hindi": "नदी तीन दिनों तक बढ़ती रही और फिर एक सप्ताह में फिर से घट गई थी। " * 9,
    "Thai": "แม่น้ำสูงขึ้นเป็นเวลาสามวันแล้วลดลงอีกครั้งภายในหนึ่งสัปดาห์" * 9,
    "Japanese": "川は三日間増水し、その後一週間で再び引いた。橋は閉じられたままだった。" * 12,
    "Korean": "강물은 사흘 동안 불어났다가 일주일 만에 다시 줄어들었다. " * 16,
}


@pytest.mark.parametrize("language", PARAGRAPHS)
def test_a_paragraph_stays_whole_in_every_script(language: str) -> None:
    paragraph = PARAGRAPHS[language].strip()
    document = markdown.read(f"# A\n\n{paragraph}\n\n# B\n\n{paragraph}\n", "stem")

    texts = [chunk.text for chunk in Chunker(1200).chunks(document)]
    assert len(texts) == 2
    assert all(paragraph in text for text in texts)


@examples(60)
@given(text=st.text(max_size=80).map(lambda part: part * 50))
def test_no_chunk_is_longer_than_the_limit(text: str) -> None:
    for chunk in Chunker(300).chunks(markdown.read(text, "stem")):
        assert len(chunk.indexed_text) <= 300


def test_short_sections_keep_their_headings() -> None:
    section = "An apple tree is pruned in late winter, before its buds open and while it rests.\n"
    document = markdown.read(f"# Trees\n\n{section}\n# Tools\n\n{section}", "stem")

    assert [chunk.heading for chunk in Chunker(1200).chunks(document)] == ["Trees", "Tools"]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "川は三日間増水し、その後一週間で再び引いた。"
    chunks = Chunker(300).chunks(markdown.read(sentence * 40, "stem"))

    assert len(chunks) > 1
    assert all(chunk.text.endswith("。") for chunk in chunks)
