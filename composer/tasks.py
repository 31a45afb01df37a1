"""Background work: training, what the desks report, and greetings that are due."""

from __future__ import annotations

import logging

from celery import shared_task

from accounts.actors import Actor
from composer.greetings import overdue_greetings, send_greeting
from composer.learning.lock import TrainingInProgressError
from composer.learning.selectors import environments, untrained
from composer.learning.training import train_suggestions
from composer.recording import overdue_reports, record_report
from conversations.selectors import Scope

logger = logging.getLogger(__name__)

# A million messages train in well under an hour.
_LONGEST_S = 2 * 3600


@shared_task(time_limit=_LONGEST_S)
def train_all_suggestions() -> int:
    """Train every environment that has a list, one after the other; how many. Weekly."""
    return sum(_train(scope) for scope in environments())


@shared_task(time_limit=_LONGEST_S)
def train_new_suggestions() -> int:
    """Train the environments whose list no model knows; how many. Looks often, and mostly finds none."""
    return sum(_train(scope) for scope in untrained())


def _train(scope: Scope) -> bool:
    """Train one environment, unless somebody is at it."""
    try:
        trained = train_suggestions(scope, by=Actor.system(scope.company_id))
    except TrainingInProgressError:
        return False
    logger.info(
        "suggestions trained",
        extra={"company": scope.company_id, "environment": scope.environment, "in_use": trained.in_use},
    )
    return True


@shared_task
def record_usage(message_ids: list[str]) -> int:
    """Record what desks reported about these messages; how many were not recorded before."""
    return sum(record_report(message_id) for message_id in message_ids)


@shared_task
def record_overdue_usage() -> int:
    """Record the reports whose task was lost between the send and the broker; how many."""
    return sum(record_report(message_id) for message_id in overdue_reports())


@shared_task
def send_due_greetings() -> int:
    """Send the greetings whose web process did not; how many."""
    return sum(send_greeting(run=run) is not None for run in overdue_greetings())
