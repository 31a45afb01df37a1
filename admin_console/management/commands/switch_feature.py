from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import Actor
from accounts.commands import company_named, person_named, queues_named
from accounts.models import Agent, Company, Environment, Queue
from composer.models import Feature
from composer.suggestions.switches import clear_feature_switch, switch_feature
from conversations.selectors import Scope


class Command(BaseCommand):
    help = (
        "Switch a feature of the composer on or off for a company, a queue or an agent. An agent's switch overrides the"
        " queue's, and the queue's overrides the company's. Open desks follow with the next keystroke."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="MARKER")
        parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION.value)
        parser.add_argument("feature", choices=Feature.values)
        parser.add_argument(
            "state", choices=["on", "off", "clear"], help="clear: remove this switch, so that the wider one applies"
        )
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--queue", help="for conversations of this queue")
        whose.add_argument("--username", help="for this agent of the desk")
        whose.add_argument("--agent", metavar="ID", help="for this agent of another system")

    def handle(self, *, company: str, environment: str, feature: str, state: str, **options: Any) -> None:
        owner = company_named(company)
        scope, by = Scope(owner.pk, environment), Actor.system(owner.pk)
        whose = _whose(owner, environment, options)
        if state == "clear":
            clear_feature_switch(by=by, scope=scope, feature=Feature(feature), whose=whose)
        else:
            switch_feature(by=by, scope=scope, feature=Feature(feature), on=state == "on", whose=whose)
        self.stdout.write(f"{environment}: {feature} {state} for {whose if whose is not None else owner.slug}")


def _whose(company: Company, environment: str, options: dict[str, Any]) -> Queue | Agent | None:
    if options["queue"] is not None:
        return queues_named(company, [options["queue"]])[0]
    agents = Agent.objects.filter(company=company, environment=environment)
    if options["username"] is not None:
        agent = agents.filter(user=person_named(company, options["username"])).first()
    elif options["agent"] is not None:
        agent = agents.filter(external_id=options["agent"]).first()
    else:
        return None
    if agent is None:
        raise CommandError(f"no agent {options['username'] or options['agent']!r} in {environment}")
    return agent
