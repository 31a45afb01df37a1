"""GET and POST /sign-in."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.forms import WRONG_SIGN_IN
from accounts.models import Company, User
from tests.factories import PASSWORD, make_company, make_user

PATH = "/sign-in"
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user(make_company(), "alice")


def sign_in(client: Client, username: str = "alice", password: str = PASSWORD, **more: str):
    return client.post(PATH, {"username": username, "password": password, **more})


def test_the_page_has_a_form_that_works_without_script(client: Client) -> None:
    page = client.get(PATH)
    assert page.status_code == 200
    html = page.content.decode()
    assert '<form class="sign-in__form" method="post" action="/sign-in"' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html


def test_an_agent_signs_in_and_lands_on_the_desk(client: Client, alice: User) -> None:
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/desk")
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.usefixtures("alice")
def test_an_agent_who_typed_only_the_address_lands_on_the_desk(client: Client) -> None:
    asked = client.get("/")
    assert asked.url == "/sign-in?next=/"
    assert sign_in(client, next="/").url == "/desk"


@pytest.mark.parametrize("role", ["supervisor", "admin", "developer"])
def test_people_who_are_not_agents_go_home(client: Client, role: str) -> None:
    make_user(make_company(), "bo", roles=(role,))
    assert sign_in(client, "bo").url == "/"


@pytest.mark.usefixtures("alice")
def test_it_goes_back_to_the_page_that_was_asked_for(client: Client) -> None:
    asked = client.get("/password")
    assert asked.url == "/sign-in?next=/password"
    assert '<input type="hidden" name="next" value="/password">' in client.get(asked.url).content.decode()
    assert sign_in(client, next="/password").url == "/password"


@pytest.mark.parametrize(
    "outside",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\thttps://evil.example"],
)
@pytest.mark.usefixtures("alice")
def test_it_never_leads_to_another_site(client: Client, outside: str) -> None:
    assert sign_in(client, next=outside).url == "/desk"
    assert client.get(PATH, {"next": outside}).url == "/"


def test_it_does_not_lead_back_to_itself(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(PATH, {"next": "/sign-in?next=/sign-in"}).url == "/"


def test_a_signed_in_person_goes_home(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(PATH).url == "/"
    assert sign_in(client, "alice", "wrong").url == "/"


@pytest.mark.usefixtures("alice")
def test_a_wrong_password_is_shown_at_the_field(client: Client) -> None:
    response = sign_in(client, password="wrong")
    assert response.status_code == 422
    html = response.content.decode()
    assert f'<ul class="errorlist" id="id_password_error"><li>{WRONG_SIGN_IN}</li></ul>' in html
    assert 'aria-describedby="id_password_error"' in html
    assert 'value="alice"' in html
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("alice")
def test_the_password_is_not_sent_back(client: Client) -> None:
    assert "hunter2 hunter2" not in sign_in(client, password="hunter2 hunter2").content.decode()


def test_inactive_and_unknown_people_get_the_same_error(client: Client, alice: User) -> None:
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    pages = [sign_in(client, "alice"), sign_in(client, "nobody"), sign_in(client, "alice", "wrong")]
    assert [page.status_code for page in pages] == [422] * 3
    errors = [page.context["form"].errors for page in pages]
    assert errors[0] == errors[1] == errors[2] == {"password": [WRONG_SIGN_IN]}


def test_a_deactivated_person_is_signed_out_at_once(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/").url == "/sign-in?next=/"


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"username": ["Enter your user name."], "password": ["Enter your password."]}),
        ({"username": "alice"}, {"password": ["Enter your password."]}),
        ({"username": "a\x00b", "password": "x"}, {"username": ["Null characters are not allowed."]}),
    ],
)
def test_missing_and_invalid_fields_get_an_error(client: Client, data: dict[str, str], errors: dict) -> None:
    response = client.post(PATH, data)
    assert response.status_code == 422
    assert response.context["form"].errors == errors


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.generic(method, PATH).status_code == 405


@pytest.mark.usefixtures("alice")
def test_it_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client)
    assert response.status_code == 403
    assert "Please try that again" in response.content.decode()


@pytest.mark.usefixtures("alice")
def test_too_many_wrong_passwords_pause_the_name(client: Client, settings) -> None:
    pages = [sign_in(client, password="wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert [page.status_code for page in pages] == [422] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    html = pages[-1].content.decode()
    assert "Try again in 15 minutes." in html
    assert "<strong" in html
    assert "alice" in html
    # From this address even the right password is refused; from another address the person can sign in.
    assert sign_in(client).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 302


@pytest.mark.usefixtures("alice")
def test_a_success_clears_earlier_failures(client: Client, settings) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 302
    client.logout()
    assert sign_in(client, password="wrong").status_code == 422


def test_browsers_do_not_cache_the_page(client: Client) -> None:
    assert "no-store" in client.get(PATH)["Cache-Control"]


def guess(username: str, address: str) -> int:
    return sign_in(Client(REMOTE_ADDR=address), username, "wrong").status_code


@pytest.mark.usefixtures("alice")
class TestManyAddressesAndManyNames:
    def test_one_name_from_everywhere_waits_longer_and_longer(self) -> None:
        assert {guess("alice", f"192.0.2.{number}") for number in range(11)} == {422}
        page = sign_in(Client(REMOTE_ADDR="192.0.2.77"))
        assert page.status_code == 429
        assert 1 <= int(page["Retry-After"]) <= 2
        html = page.content.decode()
        assert "Try again in" in html
        assert "second" in html
        assert "_auth_user_id" not in page.client.session, "the password is not checked"

    def test_a_browser_in_which_the_person_signed_in_before_does_not_wait(self, client: Client) -> None:
        sign_in(client)
        client.post("/sign-out")
        for number in range(12):
            guess("alice", f"192.0.2.{number}")
        assert guess("alice", "192.0.2.77") == 429
        assert sign_in(client).status_code == 302

    def test_a_known_browser_does_not_help_to_guess_another_name(self, client: Client) -> None:
        make_user(Company.objects.get(), "bob")
        sign_in(client)
        client.post("/sign-out")
        for number in range(12):
            guess("bob", f"192.0.2.{number}")
        assert sign_in(client, "bob").status_code == 429

    def test_one_address_over_all_names_is_stopped(self) -> None:
        assert {guess(f"name-{number}", "192.0.2.7") for number in range(100)} == {422}
        page = sign_in(Client(REMOTE_ADDR="192.0.2.7"))
        assert page.status_code == 429
        assert "Try again in 60 minutes." in page.content.decode()
        assert sign_in(Client(REMOTE_ADDR="192.0.2.8")).status_code == 302

    def test_an_ipv6_network_is_one_address(self) -> None:
        for number in range(100):
            guess(f"name-{number}", f"2001:db8::{number:x}")
        assert guess("alice", "2001:db8::ffff") == 429
        assert guess("alice", "2001:db8:0:1::1") == 422

    def test_the_log_names_the_address_and_not_what_was_typed(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        sign_in(client, "my secret password", "wrong")
        assert "127.0.0.1" in caplog.text
        assert "my secret password" not in caplog.text
