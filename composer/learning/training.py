"""Trains a company's suggestions and decides which model is in use. A crash at any point leaves the old one there."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.ids import new_ulid
from caching import versions
from composer.engine.fluency import learn, ranker_of
from composer.engine.serve.engine import RankingEngine
from composer.engine.store.artefact import ArtefactError, is_readable
from composer.engine.train import evaluate
from composer.engine.train.corpus import Progress
from composer.engine.train.evaluate import Measured
from composer.engine.train.pipeline import train
from composer.engine.types import Entry, SuggestionEngine
from composer.learning import history, store
from composer.learning.entries import entry_of
from composer.learning.lock import training_lock
from composer.learning.selectors import erased_since, lock_models, model_in_use, models_key
from composer.models import ModelStatus, SuggestionModel
from conversations.selectors import Scope
from responses.lists import load_global_list
from responses.models import ListVersion
from responses.selectors import deployed_version

logger = logging.getLogger(__name__)

# Share (percent) and maximum number of the newest conversations that are held out as the test split. The next training
# learns from them.
HELD_OUT_PERCENT, HELD_OUT_MOST = 4, 200
# With fewer conversations there is no test split: it would be too small to measure anything.
HELD_OUT_FROM = 200
MAX_TURNS = 800
# Models that were in use, or were measured and found worse, that can still be brought back.
KEPT_MODELS = 5


class NoSuchModelError(Exception):
    """The company has no model of this id whose artefact is still there."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The result of a training. `in_use`: was the new model promoted?

    `replaced`: how many models that may have learned from erased conversations were deleted.
    """

    model: SuggestionModel
    in_use: bool
    replaced: int = 0


def _quiet(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


def train_suggestions(scope: Scope, *, by: Actor, progress: Progress = _quiet) -> Trained:
    """Learn from the deployed list and the past conversations; put the new model into use unless it is worse.

    `progress` is called with a stage, the amount done and the total (0 where unknown). Raises TrainingInProgressError.
    """
    with training_lock(scope):
        return _trained(scope, by, progress)


def _trained(scope: Scope, by: Actor, progress: Progress) -> Trained:
    started, began = time.monotonic(), timezone.now()
    version = deployed_version(scope)
    entries = _entries(version)
    ids = history.spoken_conversations(scope)
    held_out = ids[len(ids) - _held_out(len(ids)) :]
    learned = ids[: len(ids) - len(held_out)]
    model_id = new_ulid()
    facts = train(
        store.folder_of(model_id),
        lambda: history.read(scope, learned),
        entries,
        usage=history.usage(scope),
        progress=progress,
    )
    try:
        _learn_words(scope, model_id, entries, learned, progress)
        now = model_in_use(scope)
        new = _measured(scope, model_id, entries, held_out, progress)
        old = _measured(scope, now.pk, entries, held_out, progress) if now and held_out else None
        row = SuggestionModel(
            pk=model_id,
            company_id=scope.company_id,
            environment=scope.environment,
            version=version,
            conversations=len(learned),
            messages=int(facts["messages"]),
            turns=new.turns if new else 0,
            hits=sum(new.hits) if new else 0,
            hits_before=sum(old.hits) if old else None,
            seconds=time.monotonic() - started,
        )
        # A model with erased conversations goes, however good it is.
        keeps_old = now is not None and now.erased_since is None
        worse = keeps_old and new is not None and old is not None and evaluate.is_worse(new, old)
        in_use = _keep(scope, row, by=by, worse=worse, against=now, began=began)
    except BaseException:
        store.remove([model_id])
        raise
    return Trained(row, in_use, replaced=_prune(scope))


def _entries(version: ListVersion | None) -> list[Entry]:
    return [entry_of(item, "global") for item in load_global_list(version).responses] if version else []


def _learn_words(scope: Scope, model_id: str, entries: list[Entry], learned: list[str], progress: Progress) -> None:
    """Write the company's own words beside the model, for the speller."""
    ranker = ranker_of("en")
    if ranker is None:
        return
    progress("words", 0, len(learned))
    listed = [entry.text for entry in entries]
    said = (
        (past.customer, [turn.text for turn in past.turns if turn.role == "agent"])
        for past in history.read(scope, learned)
    )
    learn(said, listed, ranker).save(store.learnt_words_of(model_id, True))
    learn((), listed, ranker).save(store.learnt_words_of(model_id, False))


def _held_out(count: int) -> int:
    return min(HELD_OUT_MOST, count * HELD_OUT_PERCENT // 100) if count >= HELD_OUT_FROM else 0


def _measured(
    scope: Scope, model_id: str, entries: list[Entry], held_out: list[str], progress: Progress
) -> Measured | None:
    """Return the model's hits on the test split; None when there is none, or the artefact is gone."""
    if not held_out:
        return None
    progress("measure", 0, 0)
    try:
        engine: SuggestionEngine = RankingEngine.open(store.folder_of(model_id), entries)
    except ArtefactError:
        logger.warning("the artefact in use cannot be read", extra={"model": model_id})
        return None
    return evaluate.measure(engine, history.read(scope, held_out), MAX_TURNS)


def _keep(
    scope: Scope, row: SuggestionModel, *, by: Actor, worse: bool, against: SuggestionModel | None, began: datetime
) -> bool:
    """Write the row, and put the model into use unless it is worse. Return whether it is in use."""
    with transaction.atomic():
        lock_models(scope.company_id)
        # It may have learned from a conversation that was erased meanwhile: then the next training replaces it, too.
        row.erased_since = erased_since(scope, began)
        row.status = ModelStatus.WORSE
        row.save(force_insert=True)
        facts = {name: getattr(row, name) for name in ("conversations", "messages", "turns", "hits", "hits_before")}
        record(by, "suggestions.trained", row, after={"environment": scope.environment, **facts})
        if worse or _overtaken(scope, row, against):
            return False
        _put_into_use(scope, row)
        return True


def _overtaken(scope: Scope, row: SuggestionModel, against: SuggestionModel | None) -> bool:
    """Did another training, with more messages, end since this one was measured?"""
    now = model_in_use(scope)
    return now is not None and now != against and now.messages > row.messages


def _put_into_use(scope: Scope, row: SuggestionModel) -> None:
    models = SuggestionModel.objects.filter(company_id=scope.company_id, environment=scope.environment)
    # Lock all models: of two trainings that end at once one waits, and the later one stays in use.
    list(models.select_for_update().values_list("pk", flat=True))
    models.filter(status=ModelStatus.IN_USE).update(status=ModelStatus.KEPT)
    row.status, row.used_at = ModelStatus.IN_USE, timezone.now()
    row.save(update_fields=["status", "used_at"])
    versions.invalidate([models_key(scope)])


@transaction.atomic
def use_model(scope: Scope, model_id: str, *, by: Actor) -> SuggestionModel:
    """Put an earlier model into use, or one that was measured as worse.

    Raises NoSuchModelError for a model of somebody else, or one whose artefact is gone.
    """
    row = SuggestionModel.objects.filter(
        company_id=scope.company_id, environment=scope.environment, pk=model_id
    ).first()
    if row is None or not store.folder_of(model_id).is_dir():
        raise NoSuchModelError(model_id)
    before = model_in_use(scope)
    _put_into_use(scope, row)
    record(
        by,
        "suggestions.model_used",
        row,
        before={"environment": scope.environment, "model": before.pk if before else None},
        after={"environment": scope.environment, "model": row.pk},
    )
    return row


def _prune(scope: Scope) -> int:
    """Delete all but the newest models that are not in use, and the folders of interrupted trainings.

    Models that may have learned from erased conversations go, too, unless one is still in use. Return how many.
    """
    models = SuggestionModel.objects.filter(company_id=scope.company_id, environment=scope.environment)
    old = models.exclude(status=ModelStatus.IN_USE).order_by("-made_at", "-pk").values_list("pk", flat=True)
    # An artefact of an earlier engine version cannot be used again, and may hold texts that are not stored any more.
    gone = [pk for rank, pk in enumerate(old) if rank >= KEPT_MODELS or not is_readable(store.folder_of(pk))]
    erased = list(models.exclude(status=ModelStatus.IN_USE).exclude(erased_since=None).values_list("pk", flat=True))
    models.filter(pk__in={*gone, *erased}).delete()
    store.remove([*gone, *erased])
    store.remove_abandoned(set(SuggestionModel.objects.values_list("pk", flat=True)))
    return len(erased)
