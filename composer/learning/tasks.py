"""Background training of suggestion models."""

from __future__ import annotations

import logging

from celery import shared_task

from accounts.actors import Actor
from composer.learning.lock import TrainingInProgressError
from composer.learning.selectors import environments, untrained
from composer.learning.training import train_suggestions
from conversations.selectors import Scope

logger = logging.getLogger(__name__)

# A million messages train in well under an hour.
MAX_TRAINING_S = 2 * 3600


@shared_task(time_limit=MAX_TRAINING_S)
def train_all_suggestions() -> int:
    """Train every environment that has a list, one after the other. Return how many were trained. Runs weekly."""
    return sum(_train(scope) for scope in environments())


@shared_task(time_limit=MAX_TRAINING_S)
def train_new_suggestions() -> int:
    """Train the environments whose list no model has seen. Return how many were trained; mostly there are none."""
    return sum(_train(scope) for scope in untrained())


def _train(scope: Scope) -> bool:
    """Train one environment. Return False where another training of it is in progress."""
    try:
        trained = train_suggestions(scope, by=Actor.system(scope.company_id))
    except TrainingInProgressError:
        return False
    logger.info(
        "suggestions trained",
        extra={"company": scope.company_id, "environment": scope.environment, "in_use": trained.in_use},
    )
    return True
