"""Writes of settings: the row, its audit entry, the invalidation of caches, the effects and the hint to open desks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from accounts.actors import Actor, record
from accounts.events import tell_settings_changed
from accounts.models import ActorKind, Role, UserRole
from accounts.selectors import agent_key
from caching import versions
from configuration.errors import (
    ChangeNotAllowedError,
    ForeignOwnerError,
    LevelNotAllowedError,
)
from configuration.levels import Level, Owner
from configuration.models import SettingValue
from configuration.registry import Change, Setting, run_effects
from configuration.selectors import settings_key

T = TypeVar("T")


def set_setting(*, by: Actor, owner: Owner, setting: Setting[T], value: T | None) -> Change | None:
    """Set the owner's value; None removes it. Return the change, None where it was the same before.

    Raises as `set_settings`.
    """
    return next(iter(set_settings(by=by, owner=owner, values={setting: value})), None)


def clear_setting(*, by: Actor, owner: Owner, setting: Setting[Any]) -> Change | None:
    """Remove the owner's value, so that the wider level counts. Return None where there was none.

    Raises as `set_settings`.
    """
    return next(iter(set_settings(by=by, owner=owner, values={setting: None})), None)


@transaction.atomic
def set_settings(*, by: Actor, owner: Owner, values: Mapping[Setting[Any], Any]) -> list[Change]:
    """Set several values of one owner, all or none; None removes a value. Return the changes.

    In every process a changed value counts from the commit on; open desks get a hint. Raises InvalidValueError,
    LevelNotAllowedError, ChangeNotAllowedError, and ForeignOwnerError for an actor of another company.
    """
    if by.company_id != owner.company_id:
        raise ForeignOwnerError
    roles = _roles_of(by)
    checked = {setting: None if value is None else setting.check(value) for setting, value in values.items()}
    for setting in checked:
        if owner.level not in setting.levels:
            raise LevelNotAllowedError(setting.name, owner.level)
        if roles is not None and not _may_change(by, roles, setting, owner):
            raise ChangeNotAllowedError(setting.name)
    written = [_write(by, owner, setting, value) for setting, value in checked.items()]
    changes = [change for change in written if change is not None]
    if changes:
        for change in changes:
            _audit(change)
        agent_id = owner.agent.pk if owner.agent is not None else None
        versions.invalidate([settings_key(owner.company_id) if agent_id is None else agent_key(agent_id)])
        # After the invalidation: an effect may invalidate what is made of the setting.
        for change in changes:
            run_effects(change)
        tell_settings_changed(owner.company_id, [change.setting.name for change in changes], agent_id=agent_id)
    return changes


def _roles_of(by: Actor) -> set[str] | None:
    """Return the roles of a person; None for the system and for credentials, whose callers decide what they may."""
    if by.kind in (ActorKind.SYSTEM, ActorKind.CREDENTIAL):
        return None
    if by.kind != ActorKind.USER:
        return set()
    rows = UserRole.objects.filter(user_id=int(by.id), user__company=by.company_id, user__is_active=True)
    return set(rows.values_list("role", flat=True))


def _may_change(by: Actor, roles: set[str], setting: Setting[Any], owner: Owner) -> bool:
    allowed = roles & setting.roles
    if allowed - {Role.AGENT}:
        return True
    is_own = owner.level == Level.AGENT and owner.agent is not None and str(owner.agent.user_id) == by.id
    return bool(allowed) and is_own


def _write(by: Actor, owner: Owner, setting: Setting[T], value: T | None) -> Change | None:
    """Write one row. Return None where nothing changed."""
    rows = SettingValue.objects.select_for_update()
    columns = {**owner.columns, "name": setting.name}
    if value is None:
        row = rows.filter(**columns).first()
        if row is None:
            return None
        row.delete()
        return Change(setting, owner, row.value, None, by)
    stored = setting.type.to_json(value)
    row, created = rows.get_or_create(**columns, defaults={"value": stored})
    if created:
        return Change(setting, owner, None, value, by)
    before = row.value
    if before == stored and type(before) is type(stored):
        return None
    row.value = stored
    row.save(update_fields=["value", "changed_at"])
    return Change(setting, owner, before, value, by)


def _audit(change: Change) -> None:
    owner = change.owner
    about = {"environment": owner.environment, "setting": change.setting.name}  # None: all environments
    before, after = ({**about, "value": _audited(change.setting, value)} for value in (change.before, change.after))
    action = "setting.cleared" if change.after is None else "setting.changed"
    record(change.by, action, owner.subject, before=before, after=after)


def _audited(setting: Setting[Any], value: Any) -> Any:
    """Return what the audit entry says of a value. A stored value may be older than the declaration."""
    if value is None:
        return None
    try:
        return setting.type.to_audit(setting.type.check(value))
    except ValueError:
        return "a value that is no longer valid"
