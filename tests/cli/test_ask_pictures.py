"""`chatui ask -f` with pictures and PDFs: shown to models that see, read for the others."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from io import BufferedReader, BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.retrieval.scans import as_file, pictures, scan
from tests.scripted_server import ScriptedServer, saying

SEES, BLIND = "mine/gpt-4o", "mine/gpt-3.5-turbo"


def picture(width: int = 40, height: int = 20, kind: str = "PNG", **how: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, kind, **how)
    return written.getvalue()


def shown(server: ScriptedServer, at: int = -1) -> list[Image.Image]:
    """The pictures of a request, as the model gets them."""
    parts = [
        part
        for message in server.exchanges[at].json["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    urls = [part["image_url"]["url"].partition(",")[2] for part in parts]
    return [Image.open(BytesIO(b64decode(url))) for url in urls]


def texts(server: ScriptedServer, at: int = -1) -> str:
    return json.dumps(server.exchanges[at].json["messages"])


def test_a_model_that_sees_gets_the_picture_in_this_turn_and_in_all_after_it(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", SEES, "-f", "pic.png", "what colour?")
        assert (done.code, done.out) == (0, "Teal.\n"), done.err
        # From the store: the file may be gone by now.
        (home / "pic.png").unlink()
        assert shell("ask", "-m", SEES, "-c", "and its shape?").code == 0

    assert [one.size for one in shown(server, 0)] == [(40, 20)]
    assert [one.size for one in shown(server, 1)] == [(40, 20)]
    first, second = (server.exchanges[at].json["messages"] for at in (0, 1))
    assert first[-1]["content"][0] == second[-3]["content"][0]


def test_a_picture_comes_upright_without_what_else_its_file_told(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Image.Exif()
    told[0x0112] = 6  # turned to its right
    told[0x010E] = "Anna's garden"
    (home / "pic.jpg").write_bytes(picture(60, 20, "JPEG", exif=told, comment=b"Anna's garden"))
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "-m", SEES, "-f", "pic.jpg", "what colour?")

    (sent,) = shown(server)
    assert sent.size == (20, 60)
    assert not sent.getexif()
    assert "comment" not in sent.info


def test_a_large_picture_is_made_as_small_as_the_model_sees_it(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture(4000, 1000))
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "-m", SEES, "-f", "pic.png", "what colour?")

    assert [one.size for one in shown(server)] == [(2048, 512)]


def test_a_model_that_does_not_see_gets_the_text_and_the_user_a_line(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "hours.png").write_bytes(as_file(pictures([["Open from 9 to 17.30"]]), "PNG"))
    with running(saying("At nine.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", BLIND, "-f", "hours.png", "when does it open?")

    assert done.code == 0, done.err
    assert "doesn't see pictures: of hours.png the text is sent" in done.err
    assert "9 to 17.30" in texts(server)
    assert not shown(server)


def test_without_recognition_a_blind_model_is_not_asked(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())
    monkeypatch.setattr("chatui.bootstrap.documents.is_installed", lambda: False)
    with running(saying("?")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", BLIND, "-f", "pic.png", "what colour?")

    assert done.code == 2
    assert f"{BLIND} doesn't see pictures" in done.err
    assert "chatui[ocr]" in done.err
    assert not server.exchanges


def test_the_user_knows_better_whether_a_model_sees(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())
    (home / "config.toml").write_text('[models."mine/*"]\nvision = true\n')
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config.toml"))
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        assert shell("ask", "-m", "mine/eyes", "-f", "pic.png", "what colour?").code == 0

    assert len(shown(server)) == 1


def test_a_pdf_is_read_for_a_model_that_takes_none(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "lease.pdf").write_bytes(scan([["The deposit is 3,000 euros."]]))
    with running(saying("3,000.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", SEES, "-f", "lease.pdf", "what is the deposit?")

    assert f"{SEES} takes no PDFs: of lease.pdf the text is sent." in done.err
    assert "3,000 euros" in texts(server)


def test_a_model_that_does_not_see_gets_marks_for_earlier_pictures(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "-m", SEES, "-f", "pic.png", "what colour?")
        assert shell("ask", "-m", BLIND, "-c", "is that a warm one?").code == 0

    assert server.exchanges[1].json["messages"][-3]["content"] == "[picture pic.png]\nwhat colour?"


def test_several_models_are_asked_as_far_as_they_see(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", SEES, "-m", BLIND, "-f", "pic.png", "what colour?")

    assert done.code == 1
    assert "Teal." in done.out
    assert f"{BLIND} doesn't see pictures, so pic.png can't be sent to it" in done.err
    assert len(server.exchanges) == 1


def test_a_dry_run_tells_what_a_picture_takes(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture(1024, 1024))
    monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:1/v1")
    asked = ("ask", "-m", SEES, "-f", "pic.png", "what colour?", "--dry-run")
    told = shell(*asked, "--json").json
    bare = shell("ask", "-m", SEES, "what colour?", "--dry-run", "--json").json
    lines = shell(*asked).out

    (medium,) = told["messages"][-1]["media"]
    assert (medium["width"], medium["height"], medium["tokens"]) == (1024, 1024, 765)
    assert told["usage"]["input"] - bare["usage"]["input"] == 765
    assert "pic.png · 1024×1024" in lines


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0\0\x18ftypheic", "is a HEIC picture"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "can't be sent: it is"),
        (b"%PDF-1.7\nnothing", "can't be"),
    ],
)
def test_what_can_not_be_shown_is_told_before_anything_is_asked(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
) -> None:
    (home / "it").write_bytes(data)
    monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:1/v1")
    done = shell("ask", "-m", SEES, "-f", "it", "what colour?")

    assert done.code == 2
    assert words in done.err


def test_a_picture_is_stored_once_and_goes_with_the_last_chat_that_has_it(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "pic.png").write_bytes(picture())

    def stored() -> int:
        with closing(sqlite3.connect(shell.data / "chats.db")) as db:
            return int(db.execute("SELECT count(*) FROM media").fetchone()[0])

    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        first = shell("ask", "-m", SEES, "-f", "pic.png", "what colour?", "--json").json
        second = shell("ask", "-m", SEES, "-f", "pic.png", "and now?", "--json").json

    assert stored() == 1
    shell("sessions", "remove", first["conversation"], "--yes")
    assert stored() == 1
    shell("sessions", "remove", second["conversation"], "--yes")
    assert stored() == 0


@pytest.fixture
def talk(shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a conversation about a picture."""
    (home / "pic.png").write_bytes(picture())
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", SEES, "-f", "pic.png", "what colour?", "--json").json
    return str(done["conversation"])


def test_an_export_as_json_brings_the_picture_to_another_machine(
    shell: Shell, home: Path, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("sessions", "export", talk, "-o", "talk.json")
    monkeypatch.setenv("CHATUI_DATA_DIR", str(home / "other"))
    assert shell("sessions", "import", "talk.json").code == 0
    with running(saying("A warm one.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        assert shell("ask", "-m", SEES, "-c", "is that a warm one?").code == 0

    assert [one.size for one in shown(server)] == [(40, 20)]


def test_an_imported_picture_is_one(
    shell: Shell, home: Path, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("sessions", "export", talk, "-o", "talk.json")
    document = json.loads((home / "talk.json").read_text())
    document["messages"][0]["media"][0]["data"] = "PHNjcmlwdD4="
    (home / "talk.json").write_text(json.dumps(document))
    monkeypatch.setenv("CHATUI_DATA_DIR", str(home / "other"))
    assert shell("sessions", "import", "talk.json").code == 0

    (row,) = shell("sessions", "list", "--json").json
    again = shell("sessions", "show", row["id"], "--json").json
    assert all("media" not in message for message in again["messages"])


def test_a_page_shows_the_picture_and_markdown_names_it(
    shell: Shell, home: Path, talk: str
) -> None:
    shell("sessions", "export", talk, "-o", "talk.html")
    page = (home / "talk.html").read_text()
    assert '<img alt="pic.png" title="pic.png" src="data:image/png;base64,' in page
    assert "[picture pic.png]\nwhat colour?" in shell("sessions", "export", talk).out


def test_a_masked_export_has_no_picture_whose_inside_nobody_masked(
    shell: Shell, home: Path, talk: str
) -> None:
    for name in ("talk.html", "talk.json"):
        shell("sessions", "export", talk, "--masked", "-o", name)
        written = (home / name).read_text()
        assert "pic.png" in written
        assert "iVBORw" not in written


@pytest.mark.parametrize("options", [(), ("-f", "-")])
def test_a_picture_that_is_piped_in_is_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    piped = TextIOWrapper(BufferedReader(BytesIO(picture())))
    monkeypatch.setattr("sys.stdin", piped)
    with running(saying("Teal.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "-m", SEES, *options, "what colour?")

    assert done.code == 0, done.err
    assert [one.size for one in shown(server)] == [(40, 20)]


def test_a_blind_model_can_not_be_piped_a_picture(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = TextIOWrapper(BufferedReader(BytesIO(picture())))
    monkeypatch.setattr("sys.stdin", piped)
    monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:1/v1")
    done = shell("ask", "-m", BLIND, "what colour?")

    assert done.code == 2
    assert f"{BLIND} doesn't see pictures, and what is piped in" in done.err
