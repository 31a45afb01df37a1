"""Forms beside a conversation."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.actors import Actor
from accounts.models import Agent
from composer.models import MAX_WORD_LENGTH
from responses.models import MAX_FOLDER_NAME_LENGTH, MAX_TEXT_LENGTH, MAX_TITLE_LENGTH
from responses.services import set_greetings


class CustomResponseForm(forms.Form):
    """A response of the agent's own list. `folders`: the choices, by id and path."""

    title = forms.CharField(max_length=MAX_TITLE_LENGTH, error_messages={"required": "Give it a title."})
    text = forms.CharField(
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write the response."},
    )
    folder = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, folders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].choices = folders  # type: ignore[attr-defined]


class CustomFolderForm(forms.Form):
    """A folder of the agent's own list, in the folder `folder`. `folders`: the choices, by id and path."""

    name = forms.CharField(
        max_length=MAX_FOLDER_NAME_LENGTH,
        label="Name of a new folder",
        widget=forms.TextInput(attrs={"placeholder": "New folder", "autocomplete": "off"}),
        error_messages={"required": "Give it a name."},
    )
    folder = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "The folder that it was to stand in is gone."},
    )

    def __init__(self, *args: Any, folders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].choices = folders  # type: ignore[attr-defined]


class GreetingForm(forms.Form):
    """The agent's own greetings. An empty text is the company's."""

    enabled = forms.BooleanField(required=False, label="Greet customers for me")
    named = forms.CharField(
        required=False,
        max_length=MAX_TEXT_LENGTH,
        label="When the customer's name is known",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    generic = forms.CharField(
        required=False,
        max_length=MAX_TEXT_LENGTH,
        label="When it is not",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def save(self, *, by: Actor, agent: Agent) -> None:
        """Store the valid form as the agent's own greetings."""
        data = self.cleaned_data
        set_greetings(
            by=by,
            agent=agent,
            enabled=data["enabled"],
            generic=data["generic"] or None,
            named=data["named"] or None,
        )


class DictionaryForm(forms.Form):
    """A word that is never corrected for the agent."""

    word = forms.CharField(
        max_length=MAX_WORD_LENGTH,
        label="Add a word",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Write the word.", "max_length": f"Use at most {MAX_WORD_LENGTH} letters."},
    )

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if len(word.split()) != 1:
            raise forms.ValidationError("One word at a time, please.")
        return word
