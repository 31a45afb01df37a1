from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Company, Environment
from responses.models import ListVersion


class ModelStatus(models.TextChoices):
    """The status of a model. `kept`: was in use, or was replaced, and can be used again. `worse`: was never in use."""

    IN_USE = "in_use"
    KEPT = "kept"
    WORSE = "worse"


class SuggestionModel(models.Model):
    """One training of a company's suggestions. Its artefact is the folder of its id (`composer.learning.store`).

    `hits` of `turns`: agent messages of the held-out conversations, the newest ones, of which one of the three
    offers at the empty composer said the same. `hits_before`: the same for the model that was in use then.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="suggestion_models")
    environment = models.CharField(max_length=16, choices=Environment)
    status = models.CharField(max_length=16, choices=ModelStatus)
    version = models.ForeignKey(ListVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    conversations = models.PositiveIntegerField(help_text="Learned from; the held-out ones are not among them.")
    messages = models.PositiveIntegerField(help_text="Agent messages learned from.")
    seconds = models.FloatField(help_text="How long the training took.")
    turns = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    hits_before = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="When it last went into use.")
    erased_since = models.DateTimeField(
        null=True, blank=True, help_text="When a conversation that it may have learned from was erased first."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment"],
                condition=Q(status="in_use"),
                name="one_suggestion_model_in_use",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in ModelStatus]), name="model_status_is_known"
            ),
        ]
        indexes = [models.Index(fields=["company", "environment", "-made_at"], name="suggestion_models_by_time")]

    def __str__(self) -> str:
        return self.id
