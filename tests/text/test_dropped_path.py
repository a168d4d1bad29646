"""Paths of pictures as terminals write them when a file is dropped there."""

from __future__ import annotations

import pytest

from chatui.text.dropped_path import dropped


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("/home/ann/pic.png", "@/home/ann/pic.png"),
        ("/home/ann/pic.png \n", "@/home/ann/pic.png"),
        ("'/home/ann/my pic.JPG'", '@"/home/ann/my pic.JPG"'),
        ('"/home/ann/paper.pdf"', "@/home/ann/paper.pdf"),
        (r"/home/ann/my\ pic.webp", '@"/home/ann/my pic.webp"'),
        ("file:///home/ann/my%20pic.png", '@"/home/ann/my pic.png"'),
        ("~/pic.gif", "@~/pic.gif"),
    ],
)
def test_a_path_alone_becomes_a_mention(text: str, mention: str) -> None:
    assert dropped(text) == mention


@pytest.mark.parametrize(
    "text",
    [
        "",
        "see /home/ann/pic.png",
        "/home/ann/pic.png and more.png",
        "/home/ann/notes.txt",
        "pic.png",
        "/a.png\n/b.png",
        "/" + "a" * 2000 + ".png",
    ],
)
def test_other_texts_stay_what_they_are(text: str) -> None:
    assert dropped(text) is None
