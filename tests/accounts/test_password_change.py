"""GET and POST /password."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from tests.factories import PASSWORD, make_company, make_user

PATH = "/password"
NEW = "seven purple staplers"
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user(make_company(), "alice-wonder")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str | None = None, **more: object):
    data = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PATH, data, **more)


def test_the_page_shows_the_rules(signed_in: Client) -> None:
    html = signed_in.get(PATH).content.decode()
    assert "must contain at least 10 characters" in html
    assert 'aria-describedby="id_new_password1_helptext"' in html
    assert 'id="id_new_password1_helptext"' in html


def test_it_changes_the_password_and_goes_on(signed_in: Client, alice: User) -> None:
    page = change(signed_in, follow=True)
    assert page.redirect_chain == [("/desk", 302)]
    assert "Your password is changed." in page.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert signed_in.get("/").status_code == 200


def test_other_sessions_of_the_person_end(signed_in: Client, alice: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(alice)
    change(signed_in)
    assert elsewhere.get("/").url == "/sign-in?next=/"


def test_the_audit_row_does_not_hold_the_password(signed_in: Client, alice: User) -> None:
    change(signed_in)
    entry = AuditEntry.objects.get(action="user.password_changed")
    assert (entry.company_id, entry.actor_id, entry.subject_id) == (alice.company_id, str(alice.pk), str(alice.pk))
    assert (entry.before, entry.after) == (None, None)


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        ({"old": "wrong"}, "old_password", "This is not your current password. Type it again."),
        (
            {"again": "another one here"},
            "new_password2",
            "The two new passwords are different. Type the new one again.",
        ),
        ({"new": "short"}, "new_password1", "at least 10 characters"),
        ({"new": "1357924680357"}, "new_password1", "entirely numeric"),
        ({"new": "alicia-wonder"}, "new_password1", "too similar to the username"),
        ({"new": PASSWORD}, "new_password1", "This is your current password. Choose another one."),
        ({"new": ""}, "new_password1", "Enter a new password."),
    ],
)
def test_a_refused_change_names_the_reason(
    signed_in: Client, alice: User, data: dict[str, str], field: str, says: str
) -> None:
    response = change(signed_in, **data)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert says in " ".join(response.context["form"].errors[field])
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_it_sends_no_password_back(signed_in: Client) -> None:
    html = change(signed_in, old="wrong", new=NEW).content.decode()
    assert NEW not in html


def test_people_have_to_sign_in_first(client: Client, alice: User) -> None:
    assert client.get(PATH).url == "/sign-in?next=/password"
    # After signing in they land at home, because the address of a form is not a page to come back to.
    assert change(client).url == "/sign-in?next=/"
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_refused(signed_in: Client, method: str) -> None:
    assert signed_in.generic(method, PATH).status_code == 405


def test_it_needs_the_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert change(client).status_code == 403
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
