from __future__ import annotations

from django.db import models

from accounts.models import Company


class DeskSettings(models.Model):
    """A company's settings for all its agents. Where a row or a value is missing, the site's defaults count."""

    company = models.OneToOneField(Company, primary_key=True, on_delete=models.CASCADE, related_name="desk_settings")
    first_reply_s = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Seconds until an unanswered conversation goes to the next agent; 0: never.",
    )
    asks_wrap_up = models.BooleanField(
        default=True,
        help_text="Whether agents say how a conversation went that ended without them.",
    )

    class Meta:
        verbose_name_plural = "desk settings"

    def __str__(self) -> str:
        return str(self.company_id)
