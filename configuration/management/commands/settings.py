from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.commands import company_named, queues_named
from accounts.models import Agent, Company, Environment
from configuration.errors import SettingError
from configuration.levels import Level, Owner
from configuration.registry import Setting, all_settings, setting_named
from configuration.selectors import EffectiveSettings, stored_settings
from configuration.services import set_setting


class Command(BaseCommand):
    help = (
        "List all settings, each with the value that counts and the level that it comes from; or show, set or clear"
        " one. An agent's value overrides the queue's, then come the environment's, the company's and the default."
        " Open desks follow within 2 seconds."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", choices=Environment.values, help="for this one (default: both)")
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--queue", help="for conversations of this queue; needs --environment")
        whose.add_argument("--agent", metavar="ID", help="for this agent (user name or id); needs --environment")
        parser.add_argument("name", nargs="?", help="a setting, such as desk.slots")
        change = parser.add_mutually_exclusive_group()
        change.add_argument("value", nargs="?", help="the new value")
        change.add_argument("--clear", action="store_true", help="remove the value, so that the wider one counts")

    def handle(self, *, company: str, name: str | None, value: str | None, clear: bool, **options: Any) -> None:
        owner = _owner(company_named(company), options)
        if name is None:
            if clear:
                raise CommandError("name the setting to clear")
            self._list(_effective(owner))
            return
        try:
            setting = setting_named(name)
            if clear or value is not None:
                new = None if value is None else setting.parse(value)
                set_setting(by=Actor.system(owner.company_id), owner=owner, setting=setting, value=new)
        except SettingError as error:
            raise CommandError(str(error)) from None
        self._show(setting, _effective(owner))

    def _list(self, effective: EffectiveSettings) -> None:
        rows = [(setting.name, *_said(setting, effective)) for setting in all_settings()]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for name, value, source in rows:
            self.stdout.write(f"{name:{widths[0]}}  {value:{widths[1]}}  {source}")

    def _show(self, setting: Setting[Any], effective: EffectiveSettings) -> None:
        value, source = _said(setting, effective)
        self.stdout.write(f"{setting.name}: {value} ({source})")
        levels = ", ".join(level for level in Level if level in setting.levels)
        self.stdout.write(f"{setting.description} Valid: {setting.type.bounds}. Levels: {levels}.")


def _owner(company: Company, options: dict[str, Any]) -> Owner:
    environment = options["environment"]
    if environment is None and (options["queue"] or options["agent"]):
        raise CommandError("give --environment with --queue or --agent")
    queue, agent = None, None
    if options["queue"]:
        [queue] = queues_named(company, [options["queue"]])
    if options["agent"]:
        agents = Agent.objects.filter(company=company, environment=environment)
        agent = agents.filter(external_id=options["agent"]).first()
        if agent is None:
            raise CommandError(f"no agent {options['agent']!r} in {environment}")
    return Owner(company.pk, environment, queue=queue, agent=agent)


def _effective(owner: Owner) -> EffectiveSettings:
    queue_id = owner.queue.pk if owner.queue is not None else None
    return stored_settings(owner, agent=owner.agent, queue_id=queue_id)


def _said(setting: Setting[Any], effective: EffectiveSettings) -> tuple[str, str]:
    """Return a value on one line, and where it comes from."""
    resolved = effective.resolve(setting)
    text = setting.type.to_text(resolved.value)
    is_plain = text.isprintable() and " " not in text and text != ""
    return text if is_plain else json.dumps(text, ensure_ascii=False), resolved.level or "default"
