"""Reads of models and of what a company lets its suggestions learn from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min

from accounts.models import Company
from caching.versions import CacheKey, cache_key
from composer.engine.model.model import CONFIG as MODEL_CONFIG
from composer.engine.store.artefact import is_readable
from composer.learning.store import folder_of
from composer.models import ModelStatus, SuggestionModel
from composer.setting_declarations import FROM_TRANSCRIPTS
from configuration.selectors import stored_settings
from conversations.models import Conversation
from conversations.selectors import Scope
from responses.models import Deployment


def models_key(scope: Scope) -> CacheKey:
    """The model in use, and whether it may offer what it learned from transcripts."""
    return cache_key("models", f"{scope.company_id}:{scope.environment}")


def models_of(scope: Scope) -> list[SuggestionModel]:
    """Return the environment's models, newest first."""
    return list(
        SuggestionModel.objects.filter(company_id=scope.company_id, environment=scope.environment).order_by(
            "-made_at", "-pk"
        )
    )


def lock_models(company_id: int) -> None:
    """Let a training that ends and an erasure take turns: the second one sees what the first one wrote.

    A new model then knows of conversations that were erased while it was trained, or is marked by the erasure.
    """
    list(Company.objects.select_for_update(no_key=True).filter(pk=company_id).values_list("pk", flat=True))


def erased_since(scope: Scope, began: datetime) -> datetime | None:
    """Return when the first conversation was erased after `began`; None if none was."""
    rows = Conversation.objects.filter(company_id=scope.company_id, environment=scope.environment)
    first: datetime | None = rows.filter(erased_at__gte=began).aggregate(first=Min("erased_at"))["first"]
    return first


def model_in_use(scope: Scope) -> SuggestionModel | None:
    return SuggestionModel.objects.filter(
        company_id=scope.company_id, environment=scope.environment, status=ModelStatus.IN_USE
    ).first()


def learns_from_transcripts(scope: Scope) -> bool:
    """Return the company's switch, which is on by default. One query."""
    return stored_settings(scope)[FROM_TRANSCRIPTS]


def untrained() -> Iterator[Scope]:
    """Yield environments whose deployed list no model has learned: never trained, or trained on another list.

    With few messages the list decides what is offered, so a new list needs a new training. So does a model that an
    earlier version of the engine wrote.
    """
    in_use = {
        (row.company_id, row.environment): row for row in SuggestionModel.objects.filter(status=ModelStatus.IN_USE)
    }
    for deployment in Deployment.objects.order_by("company_id", "environment"):
        model = in_use.get((deployment.company_id, deployment.environment))
        is_of_another_list = (
            model is not None
            and model.messages < MODEL_CONFIG.min_messages
            and model.version_id != deployment.version_id
        )
        if model is None or is_of_another_list or not is_readable(folder_of(model.pk)):
            yield Scope(deployment.company_id, deployment.environment)


def environments() -> Iterator[Scope]:
    """Yield all environments that have a list, for the regular training."""
    for deployment in Deployment.objects.order_by("company_id", "environment"):
        yield Scope(deployment.company_id, deployment.environment)
