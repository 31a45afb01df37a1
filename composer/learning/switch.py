"""What a company lets its suggestions learn from."""

from __future__ import annotations

from accounts.actors import Actor
from composer.setting_declarations import FROM_TRANSCRIPTS
from configuration.levels import Owner
from configuration.services import set_setting
from conversations.selectors import Scope


def learn_from_transcripts(scope: Scope, on: bool, *, by: Actor) -> None:
    """Allow or forbid offers of what the company's agents often say. Every process follows from its next keystroke on.

    Where it is forbidden, offers come from the lists and from what each agent said lately.
    """
    set_setting(by=by, owner=Owner(scope.company_id, scope.environment), setting=FROM_TRANSCRIPTS, value=on)
