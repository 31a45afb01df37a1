"""What a customer tells before the conversation begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Queue

LONGEST_NAME = 80


class StartForm(forms.Form):
    """`queues`: those to choose from, at least one. Nothing is asked where there is one."""

    name = forms.CharField(
        label="Your name",
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": f"Use at most {LONGEST_NAME} letters."},
    )
    # Where the customer was before the form: seen when it is shown, for then the browser tells it.
    page = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, queues: Sequence[Queue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queues = {queue.name: queue for queue in queues}
        if len(queues) > 1:
            self.fields["queue"] = forms.ChoiceField(
                label="What is it about?",
                choices=[(queue.name, queue.label) for queue in queues],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose what it is about.", "invalid_choice": "Choose one of these."},
            )

    @property
    def chosen_queue(self) -> Queue:
        """The queue that was chosen, or the only one; to be asked once the form is valid."""
        if "queue" in self.fields:
            return self._queues[self.cleaned_data["queue"]]
        return next(iter(self._queues.values()))
