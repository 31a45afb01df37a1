"""What a desk reports about how one message was made. Names and meanings are those of the AutoCompose API.

Source: contract README section 2 (message-sent and message analytic events); openapi autocompose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from composer.models import MAX_ID_LENGTH, Augmentation, ComposerAction
from conversations.models import MAX_MESSAGE_LENGTH

MAX_TEXT_LENGTH = MAX_MESSAGE_LENGTH
# Limits on what one frame can make us store: more than anybody does for one message.
MAX_AUGMENTATIONS, MAX_EVENTS, MAX_SHOWN = 500, 500, 50

Id = Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Seconds = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
OfferId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Figures(_Strict):
    """The figures of `SentFigures`; times in seconds, `selected_suggestion_index` from 1."""

    num_edits: Count = 0
    selected_suggestion_text: Text = ""
    selected_suggestions_id: Id = ""
    selected_suggestion_index: Annotated[int, Field(ge=0, le=3)] = 0
    initial_suggestions_id: Id = ""
    time_to_action: Seconds = 0.0
    crafting_time: Seconds = 0.0
    dwell_time: Seconds = 0.0
    phrases_presented: Count = 0
    phrases_selected: Count = 0


class ActionReport(_Strict):
    """One action in the composer. Fields that its type does not have are empty."""

    type: ComposerAction
    suggestions_id: Id = ""
    correction_id: Id = ""
    query: Text = ""
    text: Text = ""


class Usage(_Strict):
    """The part of a report that the browser knows. `shown`: ids of offers that were on screen or were chosen."""

    augmentations: Annotated[list[Augmentation], Field(min_length=1, max_length=MAX_AUGMENTATIONS)]
    figures: Figures = Figures()
    events: Annotated[list[ActionReport], Field(max_length=MAX_EVENTS)] = []
    shown: Annotated[list[OfferId], Field(max_length=MAX_SHOWN)] = []


class OfferedText(_Strict):
    text: str
    source: Literal["global", "custom", "organic", "company"]
    key: str = ""
    score: float = 0.0


class Offered(_Strict):
    """Offers as the server made them, not as the browser reports them. `shown_at`: seconds since the epoch."""

    id: OfferId
    typed: str
    shown_at: float
    replies: list[OfferedText]


class Report(_Strict):
    """Both parts of a report, as they are stored until a worker records them."""

    augmentations: list[Augmentation]
    figures: Figures
    events: list[ActionReport]
    offered: list[Offered]

    def redacted(self, redact: Callable[[str], str]) -> Report:
        """Return the same report with every text in it redacted."""
        figures = self.figures.model_copy(
            update={"selected_suggestion_text": redact(self.figures.selected_suggestion_text)}
        )
        events = [
            event.model_copy(update={"query": redact(event.query), "text": redact(event.text)}) for event in self.events
        ]
        offered = [
            set_.model_copy(
                update={
                    "typed": redact(set_.typed),
                    "replies": [reply.model_copy(update={"text": redact(reply.text)}) for reply in set_.replies],
                }
            )
            for set_ in self.offered
        ]
        return self.model_copy(update={"figures": figures, "events": events, "offered": offered})
