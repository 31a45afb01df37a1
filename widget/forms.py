"""The form that starts a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Queue

MAX_NAME_LENGTH = 80


class StartForm(forms.Form):
    """Asks for a name and, when there are several queues, for one of `queues` (at least one)."""

    name = forms.CharField(
        label="Your name",
        required=False,
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": f"Use at most {MAX_NAME_LENGTH} letters."},
    )
    # The page the customer came from. It is read when the form is shown: only then does the browser send it.
    page = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, queues: Sequence[Queue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queues = {queue.name: queue for queue in queues}
        if len(queues) > 1:
            self.fields["queue"] = forms.ChoiceField(
                label="What is it about?",
                choices=[(queue.name, queue.label) for queue in queues],
                widget=forms.RadioSelect,
                error_messages={
                    "required": "Choose what it is about.",
                    "invalid_choice": "Choose one of the topics listed.",
                },
            )

    @property
    def chosen_queue(self) -> Queue:
        """Return the queue that was chosen, or the only one. The form has to be valid."""
        if "queue" in self.fields:
            return self._queues[self.cleaned_data["queue"]]
        return next(iter(self._queues.values()))
