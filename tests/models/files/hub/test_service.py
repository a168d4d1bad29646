"""Pulling from a hub over real sockets, in this process; the child process is in test_download."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import AuthenticationFailed, ConfigError, DownloadFailed, UnknownModel
from chatui.models.files.hub import service
from chatui.models.files.hub.service import HubService
from chatui.system.locks import LockFile
from tests.hub_server import Answering, Hub, gguf, hub_server, served

REPO, FILE = "owner/tiny-GGUF", "tiny-Q8_0.gguf"
DATA = gguf(300_000)
SHA = hashlib.sha256(DATA).hexdigest()
PARTS = [f"big-0000{n}-of-00003.gguf" for n in (1, 2, 3)]


class LoginPage(Answering):
    """Answers everything, as the network of a hotel does."""

    host = "hotel"

    def respond(self) -> None:
        self.answer(200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(service, "PAUSES", (0.0, 0.0))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with hub_server(Hub({REPO: {FILE: DATA, "README.md": b"# tiny"}})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


def pull(folder: Path, file: str = FILE, repo: str = REPO, sha256: str = "") -> dict[str, Any]:
    return list(HubService().pull(repo, file, str(folder), sha256))[-1]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_file_arrives_whole_under_its_own_name_and_for_the_user_alone(
    hub: Hub, folder: Path
) -> None:
    done = pull(folder)

    assert (folder / FILE).read_bytes() == DATA
    assert files(folder) == [FILE]
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert done["files"] == [{"path": str(folder / FILE), "size": len(DATA), "etag": SHA}]
    assert (done["fetched"], done["resumed"], done["checked"]) == (len(DATA), 0, True)


def test_a_cut_connection_is_gone_on_from(hub: Hub, folder: Path) -> None:
    hub.cuts = [100_000, 50_000]
    done = pull(folder)

    assert [one.range for one in hub.asked("cdn")] == [None, "bytes=100000-", "bytes=150000-"]
    assert (folder / FILE).read_bytes() == DATA
    assert done["fetched"] == len(DATA)


def test_what_came_before_the_connection_was_lost_is_kept_for_the_next_call(
    hub: Hub, folder: Path
) -> None:
    hub.cuts = [100_000, 0, 0, 0]
    with pytest.raises(DownloadFailed, match=r"broke at 100 kB of 300 kB.*goes on from there"):
        pull(folder)
    assert not (folder / FILE).exists()
    hub.cuts.clear()
    hub.requests.clear()

    done = pull(folder)

    assert [one.range for one in hub.asked("cdn")] == ["bytes=100000-"]
    assert (folder / FILE).read_bytes() == DATA
    assert (done["fetched"], done["resumed"]) == (200_000, 100_000)


def test_a_server_that_knows_no_ranges_is_taken_from_the_beginning(hub: Hub, folder: Path) -> None:
    hub.ranges, hub.cuts = False, [100_000]
    pull(folder)

    assert (folder / FILE).read_bytes() == DATA


def test_another_version_of_the_file_is_not_mixed_with_the_part(hub: Hub, folder: Path) -> None:
    hub.cuts = [100_000, 0, 0, 0]
    with pytest.raises(DownloadFailed):
        pull(folder)
    hub.cuts.clear()
    newer = hub.repos[REPO][FILE] = gguf(250_000, seed=1)

    pull(folder)

    assert (folder / FILE).read_bytes() == newer
    assert files(folder) == [FILE]


def test_a_wrong_checksum_leaves_nothing_behind(hub: Hub, folder: Path) -> None:
    hub.etags[FILE] = "b" * 64
    with pytest.raises(DownloadFailed, match=r"came damaged.*removed"):
        pull(folder)

    assert files(folder) == []


def test_a_small_file_is_checked_by_gits_own_checksum(hub: Hub, folder: Path) -> None:
    hub.etags[FILE] = hashlib.sha1(b"blob %d\0" % len(DATA) + DATA).hexdigest()
    assert pull(folder)["checked"]

    hub.etags[FILE] = "c" * 40
    (folder / FILE).unlink()
    with pytest.raises(DownloadFailed, match="came damaged"):
        pull(folder)


def test_a_file_that_could_not_be_checked_is_said_to_be_so(hub: Hub, folder: Path) -> None:
    hub.etags[FILE] = "anything"
    assert not pull(folder)["checked"]


def test_a_curated_file_must_have_the_checksum_of_the_list(hub: Hub, folder: Path) -> None:
    assert pull(folder, sha256=SHA)["checked"]
    (folder / FILE).unlink()

    with pytest.raises(DownloadFailed, match="not the file any more"):
        pull(folder, sha256="d" * 64)
    assert files(folder) == []


def test_a_mirror_without_checksums_is_held_to_that_of_the_list(hub: Hub, folder: Path) -> None:
    hub.etags[FILE] = "anything"
    with pytest.raises(DownloadFailed, match="came damaged"):
        pull(folder, sha256="d" * 64)


def test_what_is_no_gguf_file_is_noticed_at_its_first_bytes(hub: Hub, folder: Path) -> None:
    hub.repos[REPO][FILE] = b"<!DOCTYPE html>" + bytes(5_000_000)
    steps = HubService().pull(REPO, FILE, str(folder), "")
    with pytest.raises(DownloadFailed, match="no GGUF file"):
        list(steps)

    assert files(folder) == []


def test_a_file_that_is_there_already_is_checked_and_not_fetched(hub: Hub, folder: Path) -> None:
    pull(folder)
    hub.requests.clear()
    done = pull(folder)

    assert (done["fetched"], done["resumed"]) == (0, 0)
    assert hub.asked("cdn") == []


def test_another_file_under_that_name_is_left_alone(hub: Hub, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"GGUF of my own")
    with pytest.raises(DownloadFailed, match="is another file"):
        pull(folder)

    assert (folder / FILE).read_bytes() == b"GGUF of my own"


def test_a_split_model_comes_whole(hub: Hub, folder: Path) -> None:
    hub.repos[REPO] |= {f"Q8/{name}": gguf(20_000, n) for n, name in enumerate(PARTS)}
    done = pull(folder, "Q8/" + PARTS[1])

    assert files(folder) == PARTS
    assert done["files"][0]["path"] == str(folder / PARTS[0])


def test_a_split_model_that_lacks_a_file_is_not_begun(hub: Hub, folder: Path) -> None:
    hub.repos[REPO] |= {name: gguf(20_000) for name in PARTS[:2]}
    with pytest.raises(UnknownModel, match=PARTS[2]):
        pull(folder, PARTS[0])

    assert files(folder) == []


def test_a_quantisation_is_enough_of_a_name(hub: Hub, folder: Path) -> None:
    pull(folder, "q8_0")
    assert files(folder) == [FILE]


def test_a_wrong_file_name_brings_those_there_are(hub: Hub, folder: Path) -> None:
    with pytest.raises(UnknownModel, match=rf"no file tiny-Q4\.gguf in {REPO}; there is {FILE}"):
        pull(folder, "tiny-Q4.gguf")


def test_a_wrong_repository_brings_the_owners_like_it(hub: Hub, folder: Path) -> None:
    with pytest.raises(UnknownModel, match=f"no repository owner/tiny.*there is {REPO}"):
        pull(folder, repo="owner/tiny")


def test_a_gated_repository_says_what_to_do(hub: Hub, folder: Path) -> None:
    hub.gated.add(REPO)
    with pytest.raises(AuthenticationFailed, match=f"is gated: accept its terms at .*{REPO}"):
        pull(folder)


def test_the_token_goes_to_the_hub_and_not_to_where_it_redirects(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated.add(REPO)
    hub.token = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    pull(folder)

    assert {one.token for one in hub.asked("hub")} == {"hf_secret"}
    assert [one.token for one in hub.asked("cdn")] == [None]


def test_the_stored_token_of_the_public_hub_goes_to_no_mirror(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.files.hub.client.get_token", lambda: "hf_stored")
    pull(folder)

    assert {one.token for one in hub.requests} == {None}


def test_a_full_disk_is_said_before_anything_is_fetched(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder.parents[1])._replace(free=200_000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    with pytest.raises(DownloadFailed, match=r"300 kB are still to come, and 200 kB are free"):
        pull(folder)

    assert hub.asked("cdn") == []


def test_two_processes_do_not_fetch_the_same_file_at_once(hub: Hub, folder: Path) -> None:
    part = folder / ".parts" / f"{FILE}.{SHA[:16]}.part"
    with LockFile(part) as held:
        held.take()
        with pytest.raises(DownloadFailed, match="by another chatui already"):
            pull(folder)


def test_a_server_that_is_no_hub_is_told_from_one(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(LoginPage, hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(DownloadFailed, match="doesn't answer as a hub does"):
            pull(folder)


def test_a_server_that_is_not_there_says_so(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1:1 can't be reached"):
        pull(folder)


def test_an_endpoint_that_is_no_address_is_a_wrong_setting(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "localhost:8080")
    with pytest.raises(ConfigError, match="HF_ENDPOINT"):
        pull(folder)
