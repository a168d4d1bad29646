"""Looks words up in a real library.db, as ingest fills it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.library.counts import Counts
from chatui.retrieval.library.schema import open_database
from chatui.retrieval.library.tables import collections, files, wording
from chatui.retrieval.library.tables.files import FileState
from chatui.text.fts import matching
from chatui.text.fts.lexical import MAX_TERMS, query_terms
from tests.properties import examples


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path_factory.mktemp("words") / "library.db")) as opened:
        yield opened


def fill(db: sqlite3.Connection, texts: list[str], collection: str = "shelf") -> int:
    """Puts the texts, as chunks of one file, in place of what the collection held."""
    row = collections.ensure(db, collection)
    state = FileState("/a.txt", "a.txt", 1, 1, "", "", "read")
    chunks = [Chunk(text, "", "", None, 0, len(text), 1, 1) for text in texts]
    files.put(db, row.id, state, chunks)
    return row.id


def found(db: sqlite3.Connection, texts: list[str], query: str) -> list[str]:
    """The texts that the query finds, the best first."""
    collection_id = fill(db, texts)
    rows = db.execute("SELECT chunk_id, text FROM chunks WHERE collection_id = ?", (collection_id,))
    by_id = dict(rows.fetchall())
    hits, _ = wording.search(db, collection_id, query, 20)
    return [by_id[chunk_id] for chunk_id, _ in hits]


def finds(db: sqlite3.Connection, text: str, query: str) -> bool:
    return found(db, [text], query) == [text]


@examples(200)
@given(st.text(max_size=60))
def test_any_query_is_looked_up(db: sqlite3.Connection, query: str) -> None:
    row = collections.ensure(db, "shelf")

    wording.search(db, row.id, query.replace("\0", " "), 5)


@pytest.mark.parametrize(
    "query", ['"', "AND", "a OR", "NEAR(x y)", "text:", "^x", "-x", "x*", "(((", "'; DROP TABLE"]
)
def test_search_syntax_is_taken_as_words(db: sqlite3.Connection, query: str) -> None:
    assert found(db, ["quiet rivers"], query) == []


@pytest.mark.parametrize("query", ["", "  ", "?!", "—", "\0"])
def test_a_query_without_words_has_no_terms(query: str) -> None:
    assert query_terms(query) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The rivers were rising", "Did the river rise?"),
        ("call os.path.join() here", "os.path.join"),
        ("set MAX_FILE_SIZE first", "max_file_size"),
        ("state-of-the-art", "state-of-the-art"),
        ("a naïve café", "naive cafe"),
        ("the user's manual", "user's"),
        ("Full-width ＡＢＣ１２３", "abc123"),
        ("北京是中国的首都", "首都"),
        ("北京是中国的首都", "都"),
        ("北京是中国的首都", "京"),
        ("东京", "东"),
        ("私は東京に住んでいます", "東京はどこ"),
        ("서울은 한국의 수도이다", "서울"),
        ("ภาษาไทยไม่มีช่องว่าง", "ไทย"),
        ("मुझे हिन्दी पसंद है", "हिन्दी"),
        ("Python 3.11 runs it", "python 3.11"),
        ("Version 2 of 程序设计", "程序"),
    ],
)
def test_a_text_is_found_by_its_words(db: sqlite3.Connection, text: str, query: str) -> None:
    assert finds(db, text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The rivers were rising", "What is the price of it?"),
        ("北京是中国的首都", "上海"),
        ("one two", "three"),
    ],
)
def test_a_text_is_not_found_by_others(db: sqlite3.Connection, text: str, query: str) -> None:
    assert not finds(db, text, query)


def test_question_words_count_when_there_are_no_others(db: sqlite3.Connection) -> None:
    assert finds(db, "To be or not to be", "to be or not to be")
    assert finds(db, "The Who", "the who")


def test_a_pasted_page_is_cut_to_its_first_words() -> None:
    assert len(query_terms(" ".join(f"word{n}" for n in range(10_000)))) == MAX_TERMS


@pytest.mark.parametrize(
    ("whole", "scattered", "query"),
    [
        ("set max_file_size to 5", "the file has a max; its size, file by file", "max_file_size"),
        ("call getUserName() first", "get the name of a user; get a name", "getUserName"),
        ("see src/app/main.py", "main app: src of the app, py", "src/app/main.py"),
        ("import os.path here", "a path of the os, os path os", "os.path"),
        ("needs Python 3.11.2", "2 of 11 and 3, 3.1, 11 2 3", "3.11.2"),
        ("state-of-the-art", "the state of modern art, art of state", "state-of-the-art"),
    ],
)
def test_a_name_in_code_ranks_above_its_parts(
    db: sqlite3.Connection, whole: str, scattered: str, query: str
) -> None:
    others = [f"something else {n}" for n in range(6)]

    assert found(db, [scattered, *others, whole], query)[0] == whole


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("call getUserName() first", "user name"),
        ("call getUserName() first", "get_user_name"),
        ("call get_user_name() first", "getUserName"),
        ("class HTTPServerError", "server error"),
        ("failed with 0x80070005", "80070005"),
        ("failed with E1234: no disk", "e1234"),
        ("failed with E1234: no disk", "1234"),
        ("released v2.3.1 today", "2.3.1"),
        (r"look in C:\Windows\System32", "system32"),
        ("npm install left-pad@1.3.0", "left-pad"),
    ],
)
def test_a_name_in_code_is_found_by_its_parts(
    db: sqlite3.Connection, text: str, query: str
) -> None:
    assert finds(db, text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Die Straße nach München ist gesperrt", "strasse muenchen"),
        ("Der Weg nach Muenchen", "München"),
        ("Die Versicherungen zahlen", "Versicherung"),
        ("Une forêt très ancienne", "foret"),
        ("Las estaciones del año", "estación"),
        ("Łódź i Kraków", "lodz"),
        ("Rødgrød med fløde", "rodgrod"),
        ("Река поднялась на два метра", "реки"),
        ("Ёлка стоит", "елка"),
        ("Οι ποταμοί φουσκώνουν", "ποταμός"),
        ("ذهب الطالب إلى المكتبة", "مكتبة"),
        ("والكتاب على الطاولة", "كتاب"),
        ("أُعْلِنَتِ النَّتَائِجُ", "اعلنت النتائج"),
        ("הספר נמצא בספרייה", "ספרייה"),
        ("नदियों का पानी बढ़ गया", "नदियाँ"),
        ("ราคาน้ำมันวันนี้เพิ่มขึ้น", "น้ำมัน"),
        ("ລາຄານ້ຳມັນ", "ນ້ຳມັນ"),
        ("តម្លៃប្រេងឥន្ធនៈ", "ប្រេង"),
        ("ရေနံစျေးနှုန်း", "စျေးနှုန်း"),
        ("Привет, мир", "ПРИВЕТ"),
    ],
)
def test_every_script_is_found_by_its_words(db: sqlite3.Connection, text: str, query: str) -> None:
    assert finds(db, text, query)


def test_a_word_with_marks_inside_is_one_word(db: sqlite3.Connection) -> None:
    texts = ["हिन्दी भाषा", "हाथी और नदी, दादी"]

    assert found(db, texts, "हिन्दी") == texts[:1]


def test_a_form_that_is_in_the_text_is_not_widened(db: sqlite3.Connection) -> None:
    texts = ["the contract", "the contraption"]

    assert found(db, texts, "contraption") == ["the contraption"]


def test_words_that_most_chunks_hold_do_not_hide_the_rare_one(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_SCORED", 3)
    texts = [f"machine number {n} runs" for n in range(30)] + ["a zebra near the machine"]

    assert found(db, texts, "zebra machine runs") == ["a zebra near the machine"]
    assert len(found(db, texts, "machine runs")) == 20


def test_of_words_that_are_all_common_the_rarest_proposes(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_SCORED", 3)
    texts = [f"machine number {n}" for n in range(25)]
    texts += [f"machine that runs {n}" for n in range(5)]

    assert sorted(found(db, texts, "machine runs")) == texts[25:]


@pytest.mark.parametrize("beside", [[], ["a river near the machine"]])
def test_common_words_count_as_much_whether_or_not_a_word_stands_everywhere(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, beside: list[str]
) -> None:
    """Of a large library every word of an expression is looked for in each half of it."""
    monkeypatch.setattr(matching, "MOST_SCORED", 3)
    fill(db, beside, "other")
    texts = [f"engine {n} hums and runs" for n in range(30)] + [f"oil can {n}" for n in range(40)]
    texts += ["a zebra, far off", "a zebra runs", "the zebra near an engine that runs"]
    collection_id = fill(db, texts)

    once, best = wording.search(db, collection_id, "zebra engine runs", 20)
    monkeypatch.setattr(matching, "MOST_EVERYWHERE", 0)
    twice, most = wording.search(db, collection_id, "zebra engine runs", 20)

    assert [id_ for id_, _ in once] == [id_ for id_, _ in twice]
    assert [score / best for _, score in once] == pytest.approx([s / most for _, s in twice])


def test_another_collection_is_not_searched(db: sqlite3.Connection) -> None:
    fill(db, ["The river rose"], "other")

    assert found(db, ["The bridge fell"], "river") == []
    assert found(db, ["The river fell"], "river") == ["The river fell"]


def test_a_search_tells_what_a_chunk_with_every_word_would_score(db: sqlite3.Connection) -> None:
    texts = [f"Note {number} is about rivers." for number in range(30)]
    texts += ["Glaciers calve in spring.", "The treaty was signed in Lisbon."]
    collection_id = fill(db, texts)
    (best, *_), ideal = wording.search(db, collection_id, "treaty signed Lisbon", 5)
    (named, *_), of_more = wording.search(db, collection_id, "wann wurde der Vertrag Lisbon", 5)

    assert best[1] / ideal > 0.6
    assert named[1] / of_more < 0.5
    assert wording.search(db, collection_id, "nowhere", 5)[0] == []


NAMED = [
    "The Panthers' corner, Josh Norman, ran with the ball.",
    "The game was played on a sunny day in California.",
    *(f"Note {number} is about rivers." for number in range(20)),
]


@pytest.mark.parametrize(
    "query",
    [
        "كم من كرة اعترض جوش نورمان؟",
        "जोश नॉर्मन ने क्या किया?",
        "Что сделал Джош Норман?",
        "מה עשה נורמן?",
    ],
)
def test_a_name_in_another_script_is_found_by_its_sound(db: sqlite3.Connection, query: str) -> None:
    assert found(db, NAMED, query)[:1] == NAMED[:1]


def test_a_question_in_latin_letters_is_not_read_by_sound(db: sqlite3.Connection) -> None:
    assert found(db, NAMED, "Wer war Nurman?") == []


def test_words_in_the_script_of_the_texts_count_as_before(db: sqlite3.Connection) -> None:
    texts = ["Норман поймал мяч.", "The ball was caught by Norman.", *NAMED[2:]]

    assert found(db, texts, "Норман поймал мяч") == texts[:1]


def test_names_are_found_by_sound_within_files(db: sqlite3.Connection) -> None:
    collection_id = fill(db, NAMED)
    file_ids = [file_id for (file_id,) in db.execute("SELECT id FROM files WHERE path = '/a.txt'")]

    hits, _ = wording.search(db, collection_id, "Что сделал Джош Норман?", 5, file_ids)
    assert len(hits) == 1


def test_a_name_found_by_its_sound_is_trusted_less_than_a_word(db: sqlite3.Connection) -> None:
    collection_id = fill(db, NAMED)
    (heard, *_), by_sound = wording.search(db, collection_id, "Норман в Калифорнии", 5)
    (read, *_), by_word = wording.search(db, collection_id, "Norman in California", 5)

    assert heard[1] / by_sound < read[1] / by_word / 2


def test_sounds_go_with_their_chunks(db: sqlite3.Connection) -> None:
    fill(db, NAMED)
    fill(db, ["Nothing."])

    (held,) = db.execute(
        "SELECT count(*) FROM chunk_sounds WHERE rowid NOT IN (SELECT id FROM chunks)"
    ).fetchone()
    assert held == 0


@pytest.mark.parametrize("query", ["蓍的别名是什么？", "什么是蓍？", "蓍有多少种？"])
def test_a_chinese_word_of_one_character_is_found(db: sqlite3.Connection, query: str) -> None:
    texts = ["蓍（学名），又名千叶蓍，是菊科植物。"]
    texts += [f"第{number}条：别的东西的名是另一回事，有多少种说法。" for number in range(9)]

    assert found(db, texts, query)[:1] == texts[:1]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("قرر المجلس في سنة ٢٠١٩ بناء جسر", "What was decided in 2019?"),
        ("पुल 2019 में खुला", "२०१९ में क्या हुआ?"),
        ("エラー４７１１", "4711"),
        ("二〇一九年度报告", "2019"),
        ("Århus er en by", "Aarhus"),
        ("リンゴの値段", "りんご"),
        ("國家圖書館", "图书馆"),
        ("ΝΟΜΟΣ ΠΕΡΙ ΓΑΜΟΥ", "νόμος"),
        ("Пам'ять про героїв", "память"),
        ("Джош Норман родился в Гринвуде", "Where was Norman born?"),
        ("لعب جوش نورمان في الدفاع", "Who is Josh Norman?"),
        ("המילטון למד בניו יורק", "where did hamilton study"),
    ],
)
def test_what_is_written_in_another_way_or_script_is_found(
    db: sqlite3.Connection, text: str, query: str
) -> None:
    others = ["Петров изобрёл радио в 1895", "كتاب قديم", "एक पुरानी नदी", "古い本", "A quiet river"]
    assert found(db, [*others, text], query)[0] == text


def test_a_name_that_the_texts_have_is_not_looked_for_by_its_sound(db: sqlite3.Connection) -> None:
    texts = ["Norman was born in Greenwood", "Норман родился в Гринвуде"]
    assert found(db, texts, "Where was Norman born?") == texts[:1]


def test_words_are_counted_in_their_collection_alone(db: sqlite3.Connection) -> None:
    fill(db, ["ferry", "ferry and bridge"], "elsewhere")
    own = fill(db, ["The ferries leave at nine.", "A bridge.", "A school."])

    assert wording.holding(db, own, ["ferry", "bridge", "moon"]) == {
        "ferry": 1,
        "bridge": 1,
        "moon": 0,
    }


def test_a_word_that_was_counted_to_find_chunks_is_not_counted_again(
    db: sqlite3.Connection,
) -> None:
    own, kept = fill(db, ["The ferries leave at nine.", "A bridge."]), Counts()
    wording.search(db, own, "ferry at the bridge", 5, count=kept.rows)
    looked: list[str] = []
    db.set_trace_callback(looked.append)

    held = wording.holding(db, own, ["ferry", "bridge"], count=kept.rows)

    db.set_trace_callback(None)
    assert held == {"ferry": 1, "bridge": 1}
    assert not any("MATCH" in one for one in looked)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("西洋蓍草分布在欧洲，生长于海拔200米", "蓍所生长的地区海拔约是多少米？"),
        ("锑是一种银白色的金属", "锑元素有什么颜色？"),
        ("黒い鯨が泳ぐ海", "鯨肉について教えて"),
    ],
)
def test_a_chinese_character_that_no_text_has_beside_its_neighbours_is_found(
    db: sqlite3.Connection, text: str, query: str
) -> None:
    others = ["狭叶艾纳香生长于海拔900米", "铜是一种红色的金属", "白い鳥が飛ぶ空"]
    assert found(db, [*others, text], query)[0] == text


def test_a_vietnamese_word_of_two_syllables_is_told_from_texts_with_one_each(
    db: sqlite3.Connection,
) -> None:
    apart = "Dịch vụ đại diện khách hàng, đại lý và bản dịch"
    together = "Nguyên nhân gây nên đại dịch vẫn chưa được biết rõ"
    others = ["Đại học Harvard có nhiều trường", "Một bản dịch mới", "Trường này ở Boston"]

    assert found(db, [apart, *others, together], "đại dịch là gì?")[0] == together


@pytest.mark.parametrize("query", ["锑元素有什么颜色？", "đại dịch bắt đầu ở đâu?"])
def test_what_only_helps_to_find_does_not_count_to_what_is_asked(
    db: sqlite3.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = fill(db, ["锑是一种金属", "铜是红色的", "Một đại dịch mới", "Bắt đầu từ hôm nay"])
    _, helped = wording.search(db, own, query, 5)
    monkeypatch.setattr(matching, "hints", lambda _: [])

    assert wording.search(db, own, query, 5)[1] == helped


def test_words_that_stand_one_behind_the_other_are_counted_together(db: sqlite3.Connection) -> None:
    own = fill(db, ["Một đại dịch mới", "Dịch vụ của đại lý", "Bản dịch", "Đại học"])

    assert wording.holding(db, own, ["dại dịch"]) == {"dại dịch": 1}
