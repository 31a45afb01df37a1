"""How much the very message counts against one that means the same, when three are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from composer.engine.ranking.choosing import LEAST_MESSAGES, WEIGHTS, Choices
from composer.engine.ranking.offers import Ready
from composer.engine.ranking.serving import RankingEngine
from composer.engine.ranking.settings import Settings
from composer.engine.ranking.training import train


class Scene:
    """Offers by the weight of the very message."""

    def __init__(self, *texts: Sequence[str]) -> None:
        self.texts = dict(zip(WEIGHTS, texts, strict=True))

    def unprompted(self) -> Scene:
        return self

    def offers(self, exact: float) -> list[Ready]:
        return [Ready(number, text, 1.0) for number, text in enumerate(self.texts[exact])]


SAID = "Could you give me your name, please?"
VERY, SAME, OTHER = ["could you give me your name please"], ["Could you please give me the name?"], ["Goodbye."]


def chosen(scene: Scene, messages: int = LEAST_MESSAGES) -> float | None:
    choices = Choices()
    for _ in range(messages):
        choices.see(scene, SAID)  # type: ignore[arg-type]
    return choices.best()


@pytest.mark.parametrize(
    ("offers", "place"),
    [
        ((SAME, VERY), 1),
        ((OTHER, SAME), 1),
        ((VERY, SAME), 0),
        ((SAME, SAME), 0),
        (([], OTHER), 0),
    ],
)
def test_the_weight_whose_hits_are_worth_most(offers: Sequence[Sequence[str]], place: int) -> None:
    assert chosen(Scene(*offers)) == WEIGHTS[place]


def test_a_few_messages_fit_no_weight() -> None:
    assert chosen(Scene(SAME, VERY), LEAST_MESSAGES - 1) is None


def test_the_usual_weight_is_tried_first() -> None:
    assert WEIGHTS[0] == Settings().exact


def test_an_untrained_engine_has_the_usual_one(tmp_path: Path) -> None:
    train(tmp_path / "model", list, [])
    assert RankingEngine.open(tmp_path / "model", []).exact == Settings().exact
