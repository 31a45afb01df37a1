from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.actors import Actor
from accounts.commands import company_named
from accounts.models import Environment
from composer.learning.lock import TrainingInProgressError
from composer.learning.selectors import models_of
from composer.learning.switch import learn_from_transcripts
from composer.learning.training import NoSuchModelError, Trained, train_suggestions, use_model
from conversations.selectors import Scope


class Command(BaseCommand):
    help = (
        "Learn suggestions from the deployed list and the past conversations. The new model goes into use, in all"
        " running processes, unless it is worse on the newest conversations than the one before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", choices=Environment.values, help="only this one (default: both)")
        parser.add_argument("--list", action="store_true", dest="listing", help="show the models there are, train none")
        parser.add_argument(
            "--from-transcripts",
            choices=["on", "off"],
            help="offer what the company's agents often say, or only the lists and each agent's own habits; train none",
        )
        parser.add_argument("--use", metavar="MODEL", help="put this model into use again, train none")

    def handle(
        self,
        *,
        company: str,
        environment: str | None,
        listing: bool = False,
        use: str | None = None,
        from_transcripts: str | None = None,
        **_: Any,
    ) -> None:
        owner = company_named(company)
        scopes = [Scope(owner.pk, name) for name in ([environment] if environment else Environment.values)]
        by = Actor.system(owner.pk)
        if use:
            self._use(scopes, use, by)
            return
        for scope in scopes:
            if from_transcripts:
                learn_from_transcripts(scope, from_transcripts == "on", by=by)
                self.stdout.write(f"{scope.environment}: suggestions from transcripts are {from_transcripts}")
            elif listing:
                self._show(scope)
            else:
                self.stdout.write(_summary(scope, _trained(scope, by)))

    def _use(self, scopes: list[Scope], model: str, by: Actor) -> None:
        for scope in scopes:
            try:
                use_model(scope, model, by=by)
            except NoSuchModelError:
                continue
            self.stdout.write(f"{scope.environment}: model {model} is in use")
            return
        raise CommandError(f"no model {model!r}. The models there are: train_suggestions --list")

    def _show(self, scope: Scope) -> None:
        rows = models_of(scope)
        if not rows:
            self.stdout.write(f"{scope.environment}: no model")
        for row in rows:
            said = f"{row.hits} of {row.turns} hits" if row.turns else "not measured"
            self.stdout.write(
                f"{scope.environment}: {row.pk} {row.get_status_display().lower()},"
                f" {row.made_at:%Y-%m-%d %H:%M} UTC, {row.messages} agent messages, {said}"
                + (", with conversations that are erased" if row.erased_since else "")
            )


def _trained(scope: Scope, by: Actor) -> Trained:
    try:
        with _Bar() as bar:
            return train_suggestions(scope, by=by, progress=bar.show)
    except TrainingInProgressError:
        raise CommandError(f"{scope.environment} is being trained already. Try again when that is over.") from None


def _summary(scope: Scope, trained: Trained) -> str:
    row = trained.model
    said = (
        f"{scope.environment}: learned from {row.messages} agent messages in {row.conversations} conversations"
        f" in {row.seconds:.1f} s"
    )
    if row.turns:
        before = f", before {100 * row.hits_before / row.turns:.1f} %" if row.hits_before is not None else ""
        said += f"; offers said the same as {100 * row.hits / row.turns:.1f} % of {row.turns} held-out messages{before}"
    if trained.replaced:
        said += f"; {trained.replaced} earlier models with erased conversations are deleted"
    if trained.in_use:
        return f"{said}; in use"
    return f"{said}; worse than the model in use, which stays. To use it all the same: --use {row.pk}"


class _Bar:
    """A progress bar for each stage, on a terminal only."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._stage = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage or self._bar is None:
            self.__exit__()
            self._stage, self._bar = stage, tqdm(desc=stage, total=total or None, disable=None, leave=False)
        self._bar.update(done - self._bar.n)
