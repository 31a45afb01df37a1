"""The decorators `signed_in` and `role_required`, without a real page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.gates import SignedInRequest, role_required, signed_in
from accounts.models import Role, User
from tests.factories import make_company, make_user

pytestmark = pytest.mark.django_db


def request_of(user: object, method: str = "GET", **headers: str) -> SignedInRequest:
    request = RequestFactory().generic(method, "/thing?x=1", headers=headers)
    request.user = user
    request.htmx = HtmxDetails(request)
    return request  # type: ignore[return-value]


def page(request: SignedInRequest, word: str) -> HttpResponse:
    return HttpResponse(f"{word} {timezone.get_current_timezone_name()} {sorted(request.user.role_names())}")


@pytest.fixture
def alice() -> User:
    return make_user(make_company(), "alice", ["agent"])


def test_a_signed_in_person_passes_in_the_companys_time_zone(alice: User) -> None:
    alice.company.time_zone = "Asia/Tokyo"
    alice.company.save()
    response = signed_in(page)(request_of(alice), word="hi")
    assert response.content == b"hi Asia/Tokyo ['agent']"
    assert timezone.get_current_timezone_name() == "UTC"
    assert "no-store" in response["Cache-Control"]


def test_others_are_sent_to_sign_in_and_back() -> None:
    assert signed_in(page)(request_of(AnonymousUser()), word="hi").url == "/sign-in?next=/thing%3Fx%3D1"
    assert signed_in(page)(request_of(AnonymousUser(), "POST"), word="hi").url == "/sign-in?next=/"


def test_a_fragment_redirects_the_whole_page() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?tab=live"}
    response = signed_in(page)(request_of(AnonymousUser(), "POST", **headers), word="hi")
    assert response["HX-Redirect"] == "/sign-in?next=/%3Ftab%3Dlive"


def test_a_fragment_of_a_foreign_page_comes_back_home() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
    response = signed_in(page)(request_of(AnonymousUser(), **headers), word="hi")
    assert response["HX-Redirect"] == "/sign-in?next=/"


def test_one_of_the_roles_is_enough(alice: User) -> None:
    gate = role_required(Role.ADMIN, Role.AGENT)(page)
    assert gate(request_of(alice), word="hi").status_code == 200


def test_without_any_of_the_roles_the_page_is_refused(alice: User) -> None:
    with pytest.raises(PermissionDenied):
        role_required(Role.ADMIN, Role.SUPERVISOR)(page)(request_of(alice), word="hi")


def test_people_have_to_sign_in_before_roles_are_checked() -> None:
    assert role_required(Role.ADMIN)(page)(request_of(AnonymousUser()), word="hi").status_code == 302
