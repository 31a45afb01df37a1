from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.actors import Actor
from accounts.commands import company_named
from accounts.models import Company, Environment
from responses.errors import ImportRefusedError
from responses.importing import ParsedList, read_list
from responses.models import Insert
from responses.services import deploy_version, save_version

MAX_SHOWN_PROBLEMS = 20
MAX_DESCRIPTION_LENGTH = 200  # of ListVersion


class Command(BaseCommand):
    help = "Save a CSV file as a new version of the global response list, and deploy it. Imports all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument(
            "--deploy", required=True, choices=[*Environment.values, "none"], help="where to use the list from now on"
        )
        parser.add_argument("--description", default="", help="of the version (default: file and date)")

    def handle(self, *, file: Path, company: str, deploy: str, description: str, **_: Any) -> None:
        owner = company_named(company)
        if len(description) > MAX_DESCRIPTION_LENGTH:
            raise CommandError(f"the description has {len(description)} characters, at most {MAX_DESCRIPTION_LENGTH}")
        with tqdm(total=3, disable=None, desc="import", unit="step", leave=False) as steps:
            parsed = self._read(file, steps)
            steps.update()
            by = Actor.system(owner.pk)
            with transaction.atomic():
                version, created = save_version(
                    by=by,
                    company=owner,
                    rows=parsed.rows,
                    description=description or f"Import of {file.name[:150]} on {timezone.localdate():%Y-%m-%d}",
                )
                steps.update()
                if deploy != "none":
                    deploy_version(by=by, version=version, environment=deploy)
                steps.update()
        folders = len({row.folder[:depth] for row in parsed.rows for depth in range(1, len(row.folder) + 1)})
        state = "saved" if created else "nothing changed, the newest version is the same"
        self.stdout.write(f"version {version.number}: {state} ({len(parsed.rows)} responses, {folders} folders)")
        self._write_notes(owner, parsed)
        self.stdout.write("not deployed" if deploy == "none" else f"deployed to {deploy}")

    def _read(self, file: Path, steps: tqdm[Any]) -> ParsedList:
        """Return the file's rows. Shows bad ones and raises CommandError."""
        try:
            return read_list(file)
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}") from error
        except ImportRefusedError as error:
            steps.close()
            for line, reason in error.problems[:MAX_SHOWN_PROBLEMS]:
                self.stderr.write(f"line {line}: {reason}")
            more = len(error.problems) - MAX_SHOWN_PROBLEMS
            tail = f" ({more} more)" if more > 0 else ""
            raise CommandError(f"nothing imported: {len(error.problems)} bad rows in {file.name}{tail}") from error

    def _write_notes(self, owner: Company, parsed: ParsedList) -> None:
        if parsed.duplicates:
            self.stdout.write(f"left out: {parsed.duplicates} rows that repeat an earlier one")
        if parsed.inserts:
            self.stdout.write(f"inserts used: {', '.join(sorted(parsed.inserts))}")
        unknown = parsed.inserts.difference(Insert.objects.filter(company=owner).values_list("name", flat=True))
        if unknown:
            self.stdout.write(
                f"not in the dictionary: {', '.join(sorted(unknown))}. Responses with these inserts are suggested "
                "only in conversations whose metadata has a key of the same name"
            )
