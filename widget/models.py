from __future__ import annotations

from django.db import models

from accounts.models import Company, Environment
from conversations.models import MAX_NAME_LENGTH, Conversation, Customer

# Hexadecimal digits of a SHA-256 digest.
DIGEST_LENGTH = 64


class Visitor(models.Model):
    """A browser that chats with a company: the session behind the chat page's cookie.

    Only a digest of the cookie's token is stored, so that whoever reads this table cannot take over a session.
    `conversation` is the only one that the visitor sees. Deleting the row ends the session in all tabs and keeps the
    conversation.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="visitors")
    environment = models.CharField(max_length=16, choices=Environment)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visitors")
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="visitors"
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, help_text="As given last.")
    token_digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True, help_text="Moves on with each visit of the page.")

    def __str__(self) -> str:
        return f"visitor {self.pk}"
