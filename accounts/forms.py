"""The forms for signing in and for changing one's password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

WRONG_SIGN_IN = "The user name or password is wrong. Check both, including capital letters."


class SignInForm(AuthenticationForm):
    """User name and password. A deactivated person gets the same error as for a wrong password."""

    username = UsernameField(
        label="User name",
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Enter your user name."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def get_invalid_login_error(self) -> ValidationError:
        """Return the error for the password field, because that is the field to type again."""
        self.fields["username"].widget.attrs.pop("autofocus", None)
        self.fields["password"].widget.attrs["autofocus"] = True
        return ValidationError({"password": ValidationError(WRONG_SIGN_IN, code="invalid_login")})


class NewPasswordForm(PasswordChangeForm):
    """The current password, and a new one twice."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "This is not your current password. Type it again.",
        "password_mismatch": "The two new passwords are different. Type the new one again.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "old_password": ("Current password", "Enter your current password."),
            "new_password1": ("New password", "Enter a new password."),
            "new_password2": ("New password again", "Enter the new password a second time."),
        }
        for name, (label, when_empty) in labels.items():
            self.fields[name].label = label
            self.fields[name].error_messages["required"] = when_empty
        self.fields["new_password2"].help_text = ""  # the label is enough

    def clean_new_password1(self) -> str:
        """Refuse the old password as the new one."""
        new: str = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise ValidationError("This is your current password. Choose another one.", code="unchanged")
        return new

    def validate_password_for_user(
        self,
        user: Any,
        password_field_name: str = "",  # noqa: ARG002 Django's signature; Django names the second field
    ) -> None:
        """Show a broken rule at the first new password, below which the page lists the rules."""
        super().validate_password_for_user(user, "new_password1")

    @property
    def rules(self) -> list[str]:
        """Return the rules for new passwords, one sentence each, for the help text of the page."""
        return [str(text) for text in password_validators_help_texts()]
