"""What the meter says of a provider's limits: only of one that is nearly used up."""

from __future__ import annotations

from chatui.cost.reading import MeterReading
from chatui.domain.usage import LimitLeft
from chatui.widgets.meter_fields import lower_fields


def told(*limits: LimitLeft) -> list[str]:
    fields = lower_fields(MeterReading(limits=limits))
    return [field.wordings[0].plain for field in fields if field.name == "limits"]


def test_a_limit_with_much_left_is_not_said() -> None:
    assert told(LimitLeft("tokens", 100_000, 200_000), LimitLeft("requests", 3)) == []


def test_the_nearest_limit_is_said_with_its_reset() -> None:
    limits = LimitLeft("requests", 90, 500, 1), LimitLeft("tokens", 4_200, 200_000, 24.0)

    assert told(*limits) == ["4.2k tokens left, whole in 24 s"]
