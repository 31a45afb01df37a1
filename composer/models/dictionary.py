from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Company
from composer.models.writing import MAX_WORD_LENGTH


class CompanyWord(models.Model):
    """A word of a company's dictionary, in small letters: never corrected, for any of its agents."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="dictionary")
    word = models.CharField(max_length=MAX_WORD_LENGTH)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["company", "word"]
        constraints = [
            models.UniqueConstraint(fields=["company", "word"], name="company_word_is_unique"),
            models.CheckConstraint(condition=~Q(word=""), name="company_word_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.word
