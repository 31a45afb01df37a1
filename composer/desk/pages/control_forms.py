"""What agents fill in to change their status and to move or end a conversation."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Agent, Queue
from assignments.models import MAX_NOTES_LENGTH, AgentStatus
from assignments.selectors import statuses_of
from conversations.models import Resolution

MAX_TRANSFER_NOTE_LENGTH = 2000
CHOICES = ((Resolution.RESOLVED.value, "Resolved"), (Resolution.UNRESOLVED.value, "Not resolved"))


class StatusForm(forms.Form):
    """One of the company's statuses."""

    status = forms.ModelChoiceField(
        queryset=AgentStatus.objects.none(),
        error_messages={"required": "Choose a status.", "invalid_choice": "That status is gone. Choose another."},
    )

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].queryset = statuses_of(agent)  # type: ignore[attr-defined]


class TransferForm(forms.Form):
    """Where to: a queue or an agent of the own company and environment, as `queue:ID` or `agent:ID`.

    `hold`: only say whether it can go there; the desk asks again when the time to undo it is over.
    """

    to = forms.CharField(max_length=64, error_messages={"required": "Choose a queue or an agent."})
    note = forms.CharField(required=False, max_length=MAX_TRANSFER_NOTE_LENGTH)
    hold = forms.BooleanField(required=False)

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._agent = agent

    def clean_to(self) -> Queue | Agent:
        kind, _, key = self.cleaned_data["to"].partition(":")
        target: Queue | Agent | None = None
        if kind == "queue" and key.isascii() and key.isdecimal() and len(key) <= 9:
            target = Queue.objects.filter(company_id=self._agent.company_id, pk=key).first()
        elif kind == "agent":
            others = Agent.objects.filter(company_id=self._agent.company_id, environment=self._agent.environment)
            target = others.select_related("user").filter(pk=key).first()
        if target is None:
            raise forms.ValidationError("That queue or agent is gone. Choose another.")
        return target


class EndForm(forms.Form):
    """How it went, and notes for whoever looks at it later."""

    resolution = forms.ChoiceField(
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is resolved.", "invalid_choice": "Say whether it is resolved."},
    )
    notes = forms.CharField(required=False, max_length=MAX_NOTES_LENGTH, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, has_ended: bool = False, **kwargs: Any) -> None:
        """`has_ended`: it only has to be said how it went, and Enter gives the usual answer."""
        super().__init__(*args, **kwargs)
        if has_ended:
            self.initial["resolution"] = Resolution.RESOLVED
            self.fields["resolution"].widget.attrs["autofocus"] = True
