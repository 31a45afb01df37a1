"""Every service that writes configuration, with a call of it and the audit entry that it must leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory

from accounts import access, services
from accounts.actors import Actor
from accounts.models import Agent, Company, Queue, User
from admin_console.services import open_company
from assignments.models import AgentStatus
from assignments.services import pauses, statuses
from assignments.setting_declarations import SLOTS
from composer.learning import store, switch, training
from composer.models import CompanyWord, Feature, ModelStatus, SuggestionModel
from composer.suggestions import company_words, switches
from configuration import services as settings
from configuration.levels import Owner
from conversations.models import Customer
from conversations.selectors import Scope
from privacy.services import apply_retention, erase_customer
from responses.models import CustomFolder, CustomResponse, ListVersion
from responses.services import ListRow, custom, greetings, versions
from safety.models import ProfanityTerm, RedactionRule, TermKind
from safety.selectors import Audience
from safety.services import rules, terms
from tests.factories import PASSWORD, make_company, make_list, make_user
from widget import services as widget

# Planted wherever a password or a text for customers goes; none may get into an entry.
NEW_PASSWORD = "another password, quagga-1"
TEXT = "The text of a response, quagga-2"
OTHER_TEXT = "Another text, quagga-3"
SECRETS = (PASSWORD, NEW_PASSWORD, TEXT, OTHER_TEXT, "quagga")


class World:
    """A company with an admin who changes things, an agent, and one of everything that can be changed."""

    def __init__(self) -> None:
        self.company: Company = make_company()
        self.scope = Scope(self.company.pk, "production")
        self.boss: User = make_user(self.company, "boss", ["admin"])
        self.by = Actor.user(self.boss)
        self.maya: User = make_user(self.company, "maya")
        self.queue: Queue = services.create_queue(by=self.by, company=self.company, name="billing")
        self.secrets: list[str] = []

    @cached_property
    def agent(self) -> Agent:
        return Agent.objects.get(user=self.maya, environment="production")

    @cached_property
    def credential(self) -> Any:
        new = services.create_api_credential(by=self.by, company=self.company, environment="sandbox", name="CRM")
        self.secrets.append(new.secret)
        return new.credential

    @cached_property
    def folder(self) -> CustomFolder:
        return custom.create_folder(by=self.by, agent=self.agent, name="Bills")

    @cached_property
    def response(self) -> CustomResponse:
        return custom.create_response(by=self.by, agent=self.agent, title="Hello", text=TEXT, folder=self.folder)

    @cached_property
    def version(self) -> ListVersion:
        return make_list(self.company, TEXT)

    @cached_property
    def rule(self) -> RedactionRule:
        return rules.add_pattern_rule(by=self.by, name="Member", pattern="M-[0-9]{6}", mask="[MEMBER]")

    @cached_property
    def term(self) -> ProfanityTerm:
        return terms.add_term(by=self.by, kind=TermKind.BLOCK, term="drat")

    @cached_property
    def word(self) -> CompanyWord:
        return company_words.add_company_word(by=self.by, word="esim")

    @cached_property
    def model(self) -> SuggestionModel:
        row = SuggestionModel.objects.create(
            company=self.company,
            environment="production",
            status=ModelStatus.KEPT,
            conversations=1,
            messages=1,
            seconds=1,
        )
        store.folder_of(row.pk).mkdir(parents=True)
        return row

    @cached_property
    def customer(self) -> Customer:
        return Customer.objects.create(company=self.company, environment="production", external_id="quagga-11462")

    @cached_property
    def browser(self) -> Client:
        """A browser in which maya is signed in."""
        client = Client()
        client.force_login(self.maya)
        return client

    def request(self) -> Any:
        """A request of maya's browser."""
        request = RequestFactory().post("/sign-in")
        request.session, request.user = SessionStore(), AnonymousUser()
        return request

    def new_credential(self) -> None:
        new = services.create_api_credential(by=self.by, company=self.company, environment="sandbox", name="CRM")
        self.secrets.append(new.secret)

    def sign_in(self) -> None:
        self.maya.backend = "django.contrib.auth.backends.ModelBackend"  # as a check of the password sets it
        access.sign_in(self.request(), self.maya)

    def sign_out(self) -> None:
        request = self.request()
        request.user = self.maya
        access.sign_out(request)

    def switch(self, on: bool) -> None:
        switches.switch_feature(by=self.by, scope=self.scope, feature=Feature.SPELLCHECK, on=on, whose=self.queue)


@dataclass(frozen=True)
class Case:
    """A call, and its entry: action, type of the subject, and the names of the facts before and after.

    `given` is done first: it makes what the call changes. `by`: who acts; the admin where it is not given.
    """

    call: Callable[[World], object]
    action: str
    subject: str
    before: set[str] | None = None
    after: set[str] | None = None
    given: Callable[[World], object] = lambda _: None
    by: Callable[[World], Actor] = lambda w: w.by


def system(w: World) -> Actor:
    return Actor.system(w.company.pk)


def herself(w: World) -> Actor:
    return Actor.user(w.maya)


_RESPONSE = {"agent", "folder", "metadata", "title_digest", "title_length", "text_digest", "text_length"}
_RULE = {"name", "kind", "pattern", "mask", "in_sandbox", "in_production"}
_USER = {"username", "full_name", "roles", "queues"}
_SETTING = {"environment", "setting", "value"}

CASES: dict[str, Case] = {
    # --- accounts -------------------------------------------------------------------------------------------
    "accounts.access.sign_in": Case(lambda w: w.sign_in(), "user.signed_in", "User", by=herself),
    "accounts.access.sign_out": Case(lambda w: w.sign_out(), "user.signed_out", "User", by=herself),
    "accounts.access.set_password": Case(
        lambda w: access.set_password(by=w.by, user=w.maya, password=NEW_PASSWORD), "user.password_set", "User"
    ),
    "accounts.access.deactivate_user": Case(
        lambda w: access.deactivate_user(by=w.by, user=w.maya),
        "user.deactivated",
        "User",
        {"is_active"},
        {"is_active"},
    ),
    "accounts.access.reactivate_user": Case(
        lambda w: access.reactivate_user(by=w.by, user=w.maya),
        "user.reactivated",
        "User",
        {"is_active"},
        {"is_active"},
        given=lambda w: access.deactivate_user(by=w.by, user=w.maya),
    ),
    "accounts.access.change_roles": Case(
        lambda w: access.change_roles(by=w.by, user=w.maya, add=["admin"]),
        "user.roles_changed",
        "User",
        {"roles"},
        {"roles"},
    ),
    "accounts.access.change_queues": Case(
        lambda w: access.change_queues(by=w.by, user=w.maya, add=[w.queue]),
        "user.queues_changed",
        "User",
        {"queues"},
        {"queues"},
    ),
    "accounts.access.end_sessions": Case(
        lambda w: access.end_sessions(by=w.by, user=w.maya),
        "user.sessions_ended",
        "User",
        after={"ended_sessions"},
        given=lambda w: w.browser,
    ),
    "accounts.access.end_company_sessions": Case(
        lambda w: access.end_company_sessions(by=w.by, company=w.company),
        "company.sessions_ended",
        "Company",
        after={"ended_sessions"},
        given=lambda w: w.browser,
    ),
    "accounts.services.create_company": Case(
        lambda w: services.create_company(slug=w.company.slug, name="Acme Two"),
        "company.renamed",
        "Company",
        {"name"},
        {"name"},
        by=system,
    ),
    "accounts.services.create_user": Case(
        lambda w: services.create_user(
            by=w.by, company=w.company, username="tom", password=NEW_PASSWORD, roles=["agent"], queues=[w.queue]
        ),
        "user.created",
        "User",
        after=_USER,
    ),
    "accounts.services.change_password": Case(
        lambda w: services.change_password(user=w.maya, password=NEW_PASSWORD),
        "user.password_changed",
        "User",
        by=herself,
    ),
    "accounts.services.create_queue": Case(
        lambda w: services.create_queue(by=w.by, company=w.company, name="mobile"),
        "queue.created",
        "Queue",
        after={"name"},
    ),
    "accounts.services.create_api_credential": Case(
        lambda w: w.new_credential(),
        "credential.created",
        "ApiCredential",
        after={"name", "environment", "rate_limit", "families"},
    ),
    "accounts.services.revoke_api_credential": Case(
        lambda w: services.revoke_api_credential(by=w.by, credential=w.credential),
        "credential.revoked",
        "ApiCredential",
        before={"name", "environment"},
        given=lambda w: w.credential,
    ),
    "admin_console.services.open_company": Case(
        lambda w: open_company(slug=w.company.slug, name="Acme Three"),
        "company.renamed",
        "Company",
        {"name"},
        {"name"},
        by=system,
    ),
    # --- safety ---------------------------------------------------------------------------------------------
    "safety.services.rules.add_pattern_rule": Case(
        lambda w: rules.add_pattern_rule(by=w.by, name="Order", pattern="O-[0-9]{6}", mask="[ORDER]"),
        "redaction_rule.created",
        "RedactionRule",
        after=_RULE,
    ),
    "safety.services.rules.change_rule": Case(
        lambda w: rules.change_rule(
            by=w.by,
            rule_id=w.rule.pk,
            name="Member",
            pattern="M-[0-9]{7}",
            mask="[MEMBER]",
            in_sandbox=True,
            in_production=True,
        ),
        "redaction_rule.updated",
        "RedactionRule",
        {"pattern", "in_production"},
        {"pattern", "in_production"},
        given=lambda w: w.rule,
    ),
    "safety.services.rules.set_audiences": Case(
        lambda w: rules.set_audiences(by=w.by, rule_id=w.rule.pk, audiences={Audience.CUSTOMER: True}),
        "redaction_rule.policies",
        "RedactionRule",
        {"audiences"},
        {"audiences"},
        given=lambda w: w.rule,
    ),
    "safety.services.rules.move_rule": Case(
        lambda w: rules.move_rule(by=w.by, rule_id=w.rule.pk, position=0),
        "redaction_rule.moved",
        "RedactionRule",
        {"position"},
        {"position"},
        given=lambda w: w.rule,
    ),
    "safety.services.rules.remove_rule": Case(
        lambda w: rules.remove_rule(by=w.by, rule_id=w.rule.pk),
        "redaction_rule.deleted",
        "RedactionRule",
        before=_RULE,
        given=lambda w: w.rule,
    ),
    "safety.services.terms.add_term": Case(
        lambda w: terms.add_term(by=w.by, kind=TermKind.ALLOW, term="drat"),
        "profanity_term.allowed",
        "ProfanityTerm",
        {"term", "kind"},
        {"term", "kind"},
        given=lambda w: w.term,
    ),
    "safety.services.terms.remove_term": Case(
        lambda w: terms.remove_term(by=w.by, term_id=w.term.pk),
        "profanity_term.removed",
        "ProfanityTerm",
        before={"term", "kind"},
        given=lambda w: w.term,
    ),
    # --- responses ------------------------------------------------------------------------------------------
    "responses.services.custom.create_response": Case(
        lambda w: custom.create_response(by=w.by, agent=w.agent, title="Hello", text=TEXT),
        "custom_response.created",
        "CustomResponse",
        after=_RESPONSE,
    ),
    "responses.services.custom.update_response": Case(
        lambda w: custom.update_response(by=w.by, response=w.response, title="Hello", text=OTHER_TEXT),
        "custom_response.updated",
        "CustomResponse",
        {"text_digest", "text_length", "folder"},
        {"text_digest", "text_length", "folder"},
        given=lambda w: w.response,
    ),
    "responses.services.custom.delete_response": Case(
        lambda w: custom.delete_response(by=w.by, response=w.response),
        "custom_response.deleted",
        "CustomResponse",
        before=_RESPONSE,
        given=lambda w: w.response,
    ),
    "responses.services.custom.create_folder": Case(
        lambda w: custom.create_folder(by=w.by, agent=w.agent, name="Bills"),
        "custom_folder.created",
        "CustomFolder",
        after={"agent", "parent", "name"},
    ),
    "responses.services.custom.update_folder": Case(
        lambda w: custom.update_folder(by=w.by, folder=w.folder, name="Invoices"),
        "custom_folder.updated",
        "CustomFolder",
        {"name"},
        {"name"},
        given=lambda w: w.folder,
    ),
    "responses.services.custom.delete_folder": Case(
        lambda w: custom.delete_folder(by=w.by, folder=w.folder),
        "custom_folder.deleted",
        "CustomFolder",
        before={"agent", "parent", "name"},
        given=lambda w: w.folder,
    ),
    "responses.services.greetings.set_greeting_texts": Case(
        lambda w: greetings.set_greeting_texts(by=w.by, agent=w.agent, generic=TEXT, named=None),
        "setting.changed",
        "Agent",
        _SETTING,
        _SETTING,
        given=lambda w: greetings.set_greeting_texts(by=w.by, agent=w.agent, generic=OTHER_TEXT, named=None),
    ),
    "responses.services.greetings.set_greetings": Case(
        lambda w: greetings.set_greetings(by=w.by, agent=w.agent, enabled=True, generic=None, named=None),
        "setting.changed",
        "Agent",
        _SETTING,
        _SETTING,
    ),
    "responses.services.greetings.set_greetings_enabled": Case(
        lambda w: greetings.set_greetings_enabled(by=w.by, agent=w.agent, enabled=True),
        "setting.changed",
        "Agent",
        _SETTING,
        _SETTING,
    ),
    "responses.services.versions.save_version": Case(
        lambda w: versions.save_version(by=w.by, company=w.company, rows=[ListRow(OTHER_TEXT)], description="2"),
        "list_version.saved",
        "ListVersion",
        {"version", "checksum"},
        {"version", "checksum", "responses"},
        given=lambda w: w.version,
    ),
    "responses.services.versions.deploy_version": Case(
        lambda w: versions.deploy_version(by=w.by, version=w.version, environment="sandbox"),
        "list_version.deployed",
        "ListVersion",
        {"environment", "version"},
        {"environment", "version"},
        given=lambda w: w.version,
    ),
    # --- composer -------------------------------------------------------------------------------------------
    "composer.suggestions.switches.switch_feature": Case(
        lambda w: w.switch(False),
        "setting.changed",
        "Queue",
        _SETTING,
        _SETTING,
        given=lambda w: w.switch(True),
    ),
    "composer.suggestions.switches.clear_feature_switch": Case(
        lambda w: switches.clear_feature_switch(by=w.by, scope=w.scope, feature=Feature.SPELLCHECK, whose=w.queue),
        "setting.cleared",
        "Queue",
        _SETTING,
        _SETTING,
        given=lambda w: w.switch(True),
    ),
    "composer.suggestions.company_words.add_company_word": Case(
        lambda w: company_words.add_company_word(by=w.by, word="esim"),
        "company_word.added",
        "CompanyWord",
        after={"word"},
    ),
    "composer.suggestions.company_words.remove_company_word": Case(
        lambda w: company_words.remove_company_word(by=w.by, word_id=w.word.pk),
        "company_word.removed",
        "CompanyWord",
        before={"word"},
        given=lambda w: w.word,
    ),
    "composer.learning.switch.learn_from_transcripts": Case(
        lambda w: switch.learn_from_transcripts(w.scope, False, by=w.by),
        "setting.changed",
        "Company",
        _SETTING,
        _SETTING,
    ),
    "composer.learning.training.use_model": Case(
        lambda w: training.use_model(w.scope, w.model.pk, by=w.by),
        "suggestions.model_used",
        "SuggestionModel",
        {"environment", "model"},
        {"environment", "model"},
        given=lambda w: w.model,
    ),
    "widget.services.forget_company_visitors": Case(
        lambda w: widget.forget_company_visitors(by=w.by, company=w.company),
        "company.visitors_forgotten",
        "Company",
        after={"visitors"},
    ),
    # --- privacy --------------------------------------------------------------------------------------------
    "privacy.services.erase_customer": Case(
        lambda w: erase_customer(
            by=w.by, company=w.company, environment="production", external_id=w.customer.external_id
        ),
        "customer.erased",
        "Customer",
        after={"environment", "customer_digest", "conversations", "counts"},
        given=lambda w: w.customer,
    ),
    "privacy.services.apply_retention": Case(
        lambda w: apply_retention(by=w.by, company=w.company, days=30),
        "retention.applied",
        "Company",
        after={"days", "conversations", "customers", "counts"},
    ),
    # --- settings, queues and agents ------------------------------------------------------------------------
    "configuration.services.set_setting": Case(
        lambda w: settings.set_setting(by=w.by, owner=Owner(w.company.pk), setting=SLOTS, value=7),
        "setting.changed",
        "Company",
        _SETTING,
        _SETTING,
    ),
    "configuration.services.set_settings": Case(
        lambda w: settings.set_settings(by=w.by, owner=Owner(w.company.pk), values={SLOTS: 7}),
        "setting.changed",
        "Company",
        _SETTING,
        _SETTING,
    ),
    "configuration.services.clear_setting": Case(
        lambda w: settings.clear_setting(by=w.by, owner=Owner(w.company.pk), setting=SLOTS),
        "setting.cleared",
        "Company",
        _SETTING,
        _SETTING,
        given=lambda w: settings.set_setting(by=w.by, owner=Owner(w.company.pk), setting=SLOTS, value=7),
    ),
    "assignments.services.pauses.pause_queue": Case(
        lambda w: pauses.pause_queue(by=w.by, queue=w.queue),
        "queue.paused",
        "Queue",
        {"is_paused"},
        {"is_paused"},
    ),
    "assignments.services.pauses.resume_queue": Case(
        lambda w: pauses.resume_queue(by=w.by, queue=w.queue),
        "queue.resumed",
        "Queue",
        {"is_paused"},
        {"is_paused"},
        given=lambda w: pauses.pause_queue(by=w.by, queue=w.queue),
    ),
    "assignments.services.statuses.set_status": Case(
        lambda w: statuses.set_status(by=w.by, agent=w.agent, status=AgentStatus.objects.get(name="Active")),
        "agent.status_set",
        "Agent",
        {"status"},
        {"status"},
    ),
    "assignments.services.statuses.set_slots": Case(
        lambda w: statuses.set_slots(by=w.by, agent=w.agent, slots=2), "setting.changed", "Agent", _SETTING, _SETTING
    ),
    "assignments.services.statuses.set_first_reply_limit": Case(
        lambda w: statuses.set_first_reply_limit(by=w.by, company=w.company, seconds=60),
        "setting.changed",
        "Company",
        _SETTING,
        _SETTING,
    ),
    "assignments.services.statuses.set_wrap_up": Case(
        lambda w: statuses.set_wrap_up(by=w.by, company=w.company, is_asked=True),
        "setting.changed",
        "Company",
        _SETTING,
        _SETTING,
    ),
}
