from __future__ import annotations

import pytest

from tests.patience import steady_windows


@pytest.fixture(autouse=True)
def a_widget_has_the_time_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    steady_windows(monkeypatch)
