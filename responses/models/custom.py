from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Agent
from responses.models.library import (
    MAX_FOLDER_NAME_LENGTH,
    MAX_KEY_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_VALUE_LENGTH,
)


class CustomFolder(models.Model):
    """A folder of one agent's own list."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="custom_folders")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=MAX_FOLDER_NAME_LENGTH)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="custom_folder_has_a_name"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                name="custom_folder_is_not_in_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomResponse(models.Model):
    """A response of one agent's own list; no other agent sees it."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="custom_responses")
    folder = models.ForeignKey(CustomFolder, null=True, blank=True, on_delete=models.PROTECT, related_name="responses")
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    text = models.TextField(max_length=MAX_TEXT_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="custom_response_has_a_title"),
            models.CheckConstraint(condition=~Q(text=""), name="custom_response_has_text"),
        ]

    def __str__(self) -> str:
        return self.title


class CustomMetadata(models.Model):
    """An entry of a custom response's `metadata`, in the order in which it was sent.

    A name that the text holds as `{name}` is an insert; any other is a filter (contract README 12, 14).
    """

    response = models.ForeignKey(CustomResponse, on_delete=models.CASCADE, related_name="metadata")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=MAX_KEY_LENGTH)

    class Meta:
        ordering = ["response", "position"]
        constraints = [
            models.UniqueConstraint(fields=["response", "position"], name="custom_metadata_position_is_unique"),
            models.UniqueConstraint(fields=["response", "name"], name="one_custom_metadata_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomMetadataValue(models.Model):
    metadata = models.ForeignKey(CustomMetadata, on_delete=models.CASCADE, related_name="values")
    position = models.PositiveIntegerField()
    value = models.CharField(max_length=MAX_VALUE_LENGTH, blank=True)

    class Meta:
        ordering = ["metadata", "position"]
        constraints = [
            models.UniqueConstraint(fields=["metadata", "position"], name="custom_metadata_value_position_is_unique")
        ]

    def __str__(self) -> str:
        return self.value
