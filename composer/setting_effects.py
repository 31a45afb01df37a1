"""What happens when a setting of this room changes, in the transaction of the change."""

from __future__ import annotations

from accounts.models import Environment
from caching import versions
from composer.learning.selectors import models_key
from composer.setting_declarations import FROM_TRANSCRIPTS
from configuration.registry import Change, after_change
from conversations.selectors import Scope


@after_change(FROM_TRANSCRIPTS)
def replace_engines(change: Change) -> None:
    """Make every process build the engines of the environments anew: they hold what they may offer."""
    owner = change.owner
    environments = [owner.environment] if owner.environment else Environment.values
    versions.invalidate([models_key(Scope(owner.company_id, environment)) for environment in environments])
