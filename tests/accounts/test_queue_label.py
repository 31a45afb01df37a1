"""The label of a queue."""

from __future__ import annotations

import pytest

from accounts.models import Queue


@pytest.mark.parametrize(
    ("name", "label"),
    [("billing", "Billing"), ("mobile_plans", "Mobile plans"), ("VIP sales", "VIP sales"), ("élan", "Élan"), ("", "")],
)
def test_it_is_the_name_in_words(name: str, label: str) -> None:
    assert Queue(name=name).label == label
