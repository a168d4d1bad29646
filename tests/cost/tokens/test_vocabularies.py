"""The shipped vocabularies are the published ones, to the byte."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest
import tiktoken

from chatui.cost.tokens.vocabularies import (
    CL100K,
    O200K,
    R50K,
    SPLIT_PATTERNS,
    load_encoding,
    read_vocabulary,
)

# SHA-256 of the files that OpenAI publishes, as tiktoken itself checks them.
PUBLISHED = {
    O200K: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    CL100K: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    R50K: "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
}


def published_text(name: str) -> bytes:
    """The vocabulary in the form in which it is published: base64, a space, the rank."""
    return b"".join(
        b"%s %d\n" % (b64encode(token), rank) for token, rank in read_vocabulary(name).items()
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shipped_vocabulary_is_the_published_file(name: str) -> None:
    assert hashlib.sha256(published_text(name)).hexdigest() == PUBLISHED[name]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shipped_encoding_cuts_text_as_tiktoken_does(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    (tmp_path / hashlib.sha1(url.encode()).hexdigest()).write_bytes(published_text(name))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    theirs = tiktoken.get_encoding(name)
    ours = load_encoding(name)
    assert SPLIT_PATTERNS[name] == theirs._pat_str
    text = "It's 3.14159 naïve  cafés,\r\n\tDON'T — 算法工程师 👩‍👩‍👧 नमस्ते /* x_y */   "
    assert ours.encode_ordinary(text) == theirs.encode_ordinary(text)


def test_an_encoding_is_read_once_per_process() -> None:
    assert load_encoding(R50K) is load_encoding(R50K)
