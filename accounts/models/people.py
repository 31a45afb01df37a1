from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models.company import Company, Environment


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, company: Company, username: str, password: str, **fields: Any) -> User:
        """Store a person with a hashed password. The service that calls this adds the roles and the audit row."""
        user = self.model(company=company, username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. User names are unique across companies, so that signing in needs no company."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="users")
    username = models.CharField(max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.full_name.strip() or self.username

    @property
    def first_name(self) -> str:
        """The name that colleagues and customers see."""
        return str(self).split()[0]

    def role_names(self) -> set[str]:
        """Return the person's roles. Reads `user.roles` (one query unless prefetched)."""
        return {row.role for row in self.roles.all()}


class Role(models.TextChoices):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    DEVELOPER = "developer"


class UserRole(models.Model):
    """One role of one person; a person may have several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="one_row_per_user_and_role"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="user_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Queue(models.Model):
    """A set of agents for one kind of issue."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="queues")
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="queue_name_is_unique_in_company")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name for customers and staff: "mobile_plans" is "Mobile plans"."""
        words = self.name.replace("_", " ")
        return words[:1].upper() + words[1:]


class QueueMembership(models.Model):
    """Makes a person answer the conversations of a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="queue_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "user"], name="one_membership_per_queue_and_user")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.queue_id}"


class Agent(models.Model):
    """Somebody who answers customers, in one environment.

    An agent of this desk has a `user`. An agent of another system is only an external id; its row is created by the
    first call that mentions it (`agentId`, `agent.externalId`, see contract README section 1).
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="agents")
    environment = models.CharField(max_length=16, choices=Environment)
    external_id = models.CharField(max_length=256)
    name = models.CharField(max_length=256, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="agents")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "external_id"], name="agent_external_id_is_unique"
            ),
            models.UniqueConstraint(
                fields=["user", "environment"],
                condition=Q(user__isnull=False),
                name="one_agent_per_user_and_environment",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id

    @property
    def display_name(self) -> str:
        """The name that staff see: the person's, or that of an agent of another system. Reads `self.user`."""
        return str(self.user) if self.user is not None else str(self)
