from accounts.models.audit import ActorKind, AuditEntry
from accounts.models.company import Company, Environment
from accounts.models.credential import DEFAULT_RATE_LIMIT, ApiCredential, ApiCredentialFamily, ApiFamily
from accounts.models.event import Event, EventCursor, EventLogHead, UserEventType
from accounts.models.people import Agent, Queue, QueueMembership, Role, User, UserRole

__all__ = [
    "DEFAULT_RATE_LIMIT",
    "ActorKind",
    "Agent",
    "ApiCredential",
    "ApiCredentialFamily",
    "ApiFamily",
    "AuditEntry",
    "Company",
    "Environment",
    "Event",
    "EventCursor",
    "EventLogHead",
    "Queue",
    "QueueMembership",
    "Role",
    "User",
    "UserEventType",
    "UserRole",
]
