from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Company, Environment, User

MAX_TEXT_LENGTH = 10_000
MAX_TITLE_LENGTH = 500
MAX_FOLDER_NAME_LENGTH = 200
MAX_KEY_LENGTH = 256
MAX_VALUE_LENGTH = 1024


class ListVersion(models.Model):
    """A saved state of a company's global response list. It never changes: an edit makes a new version."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="list_versions")
    number = models.PositiveIntegerField()
    description = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the content: the same list makes no new version.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="list_version_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.number}: {self.description}"


class GlobalFolder(models.Model):
    """A folder of one version. `key` is the id that the API shows; it stays from version to version."""

    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="folders")
    key = models.CharField(max_length=ULID_LENGTH, default=new_ulid)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    name = models.CharField(max_length=MAX_FOLDER_NAME_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="global_folder_key_is_unique"),
            models.UniqueConstraint(
                fields=["version", "name"],
                condition=Q(parent__isnull=True),
                name="global_top_folder_name_is_unique",
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(parent__isnull=False),
                name="global_sub_folder_name_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GlobalResponse(models.Model):
    """A response of one version. `key` is the id that the API shows; an unchanged response keeps it."""

    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="responses")
    key = models.CharField(max_length=ULID_LENGTH, default=new_ulid)
    folder = models.ForeignKey(GlobalFolder, null=True, blank=True, on_delete=models.CASCADE, related_name="responses")
    text = models.TextField(max_length=MAX_TEXT_LENGTH)
    title = models.CharField(max_length=MAX_TITLE_LENGTH, blank=True)
    position = models.PositiveIntegerField(help_text="Place in the list as its author wrote it, from 0.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="global_response_key_is_unique"),
            models.UniqueConstraint(fields=["version", "position"], name="global_response_position_is_unique"),
            models.CheckConstraint(condition=~Q(text=""), name="global_response_has_text"),
        ]

    def __str__(self) -> str:
        return self.title or self.text[:60]


class GlobalFilter(models.Model):
    """A condition on conversation metadata: the key must have one of the values."""

    response = models.ForeignKey(GlobalResponse, on_delete=models.CASCADE, related_name="filters")
    name = models.CharField(max_length=MAX_KEY_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "name"], name="one_filter_per_response_and_key")]

    def __str__(self) -> str:
        return self.name


class GlobalFilterValue(models.Model):
    filter = models.ForeignKey(GlobalFilter, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(max_length=MAX_VALUE_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filter", "value"], name="one_row_per_filter_value")]

    def __str__(self) -> str:
        return self.value


class Deployment(models.Model):
    """The version that an environment uses now. It is a pointer, so that going back is as quick as going forward."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="deployments")
    environment = models.CharField(max_length=16, choices=Environment)
    version = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="deployments")
    deployed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "environment"], name="one_deployment_per_environment")
        ]

    def __str__(self) -> str:
        return f"{self.environment}: {self.version_id}"


class InsertSource(models.TextChoices):
    """Where the value of an insert comes from."""

    CUSTOMER_FIRST_NAME = "customer.first_name"
    CUSTOMER_NAME = "customer.name"
    AGENT_FIRST_NAME = "agent.first_name"
    AGENT_NAME = "agent.name"
    TIME_OF_DAY = "time_of_day"
    METADATA = "metadata"


class Insert(models.Model):
    """An entry of the metadata dictionary: `{name}` in a response is replaced by this value. Case-sensitive.

    Source: seed autocompose__autocompose-tooling-guide ("Metadata inserts"); contract README section 12, 15.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="inserts")
    name = models.CharField(max_length=MAX_KEY_LENGTH)
    source = models.CharField(max_length=32, choices=InsertSource)
    metadata_name = models.CharField(
        max_length=MAX_KEY_LENGTH, blank=True, help_text="For source metadata: the key in the conversation."
    )
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="insert_name_is_unique"),
            models.CheckConstraint(
                condition=(Q(source="metadata") & ~Q(metadata_name="")) | (~Q(source="metadata") & Q(metadata_name="")),
                name="only_metadata_inserts_name_a_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name
