from __future__ import annotations

from django.db import models


class Feature(models.TextChoices):
    """Features that can be switched off. `autocompose` off overrides the others: so it is in the control group."""

    SUGGESTIONS_WHILE_TYPING = "suggestions_while_typing"
    PHRASE_COMPLETIONS = "phrase_completions"
    SPELLCHECK = "spellcheck"
    AUTOPILOT_GREETINGS = "autopilot_greetings"
    AUTOCOMPOSE = "autocompose"
