"""The eyes of the readers: the models are loaded once."""

from __future__ import annotations

import pytest

from chatui.retrieval.readers.ocr import Recogniser
from chatui.retrieval.readers.sight import Sight


@pytest.fixture(scope="session")
def sight() -> Sight:
    pytest.importorskip("rapidocr")
    return Sight(Recogniser(2))
