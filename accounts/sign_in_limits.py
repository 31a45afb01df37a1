"""Slows down people who guess passwords, beside the lock of django-axes, which counts one name from one address.

* By name, from any address: after FREE_FAILURES_PER_NAME each failure doubles the wait before the next attempt, up to
  MAX_WAIT_S. It is not a lock, so strangers cannot keep somebody out. A browser in which the person has signed in
  before does not wait.
* By address, over all names: MAX_FAILURES_PER_ADDRESS failures an hour.

Failures are counted in Redis, over all processes, by digests of names, because what is typed as a name is often a
password. While Redis is away, only the lock of django-axes applies.
"""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import User
from caching.clients import key, sync_client

logger = logging.getLogger(__name__)

WINDOW_S = 3600
FREE_FAILURES_PER_NAME = 10
MAX_WAIT_S = 60
MAX_FAILURES_PER_ADDRESS = 100

DEVICE_COOKIE = "device"
_DEVICE_AGE_S = 365 * 24 * 3600
_device = Signer(salt="accounts.device")


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """An attempt to sign in, with the digest of the typed name and the network of the address.

    `is_known_device` is True in a browser in which this person has signed in before.
    """

    name: str
    address: str
    is_known_device: bool

    @classmethod
    def of(cls, request: HttpRequest) -> SignInAttempt:
        """Read the attempt from a sign-in request."""
        name = User.normalize_username(request.POST.get("username", ""))
        return cls(_digest(name), network_of(address_of(request)), _is_known_device(request, name))

    @property
    def _keys(self) -> tuple[str, str, str]:
        name, address = key("sign-in-name", self.name), key("sign-in-address", self.address)
        return name, f"{name}:wait", address

    def wait_s(self) -> int:
        """Return the seconds until the password may be checked; 0 for now."""
        _, wait, address = self._keys
        pipeline = sync_client().pipeline(transaction=False)
        pipeline.ttl(wait)
        pipeline.get(address)
        pipeline.ttl(address)
        try:
            by_name, failures, left = pipeline.execute()
        except redis.RedisError as error:
            logger.warning("sign-in is not slowed down: Redis is away", extra={"reason": type(error).__name__})
            return 0
        by_address = max(left, 1) if int(failures or 0) >= MAX_FAILURES_PER_ADDRESS else 0
        return max(by_address, 0 if self.is_known_device else by_name)

    def count_failure(self) -> None:
        """Count a wrong password."""
        name, wait, address = self._keys
        pipeline = sync_client().pipeline()
        pipeline.incr(name)
        pipeline.expire(name, WINDOW_S)
        pipeline.set(address, 0, ex=WINDOW_S, nx=True)
        pipeline.incr(address)
        try:
            failures = pipeline.execute()[0]
            over = failures - FREE_FAILURES_PER_NAME
            if over > 0:
                sync_client().set(wait, 1, ex=min(2 ** min(over, 10), MAX_WAIT_S))
        except redis.RedisError as error:
            logger.warning("a wrong password is not counted: Redis is away", extra={"reason": type(error).__name__})

    def count_success(self) -> None:
        """Forget the failures of the name, but not those of the address."""
        try:
            sync_client().delete(*self._keys[:2])
        except redis.RedisError as error:
            logger.warning("failures are not forgotten: Redis is away", extra={"reason": type(error).__name__})


def address_of(request: HttpRequest) -> str:
    """Return the client's address. Behind proxies, `asapp_site.proxy` has replaced the proxy's by it."""
    address: str = request.META["REMOTE_ADDR"]
    return address


def axes_address_of(request: HttpRequest) -> str | None:
    """Return the client's address for django-axes; None for a login without a network request, as `force_login` makes.

    django-axes looks None up with IS NULL, so wrong passwords without an address count together. The sign-in page
    itself requires an address (`SignInAttempt.of`).
    """
    address: str | None = request.META.get("REMOTE_ADDR")
    return address


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or an IPv6 /64 network, which one customer has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def remember_device(response: HttpResponse, user: User) -> None:
    """Set the cookie that marks this browser as one in which the person has signed in."""
    response.set_cookie(
        DEVICE_COOKIE,
        _device.sign(_digest(user.username)),
        max_age=_DEVICE_AGE_S,
        path=reverse("sign-in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _is_known_device(request: HttpRequest, name: str) -> bool:
    try:
        return _device.unsign(request.COOKIES.get(DEVICE_COOKIE, "")) == _digest(name)
    except BadSignature:
        return False


def _digest(name: str) -> str:
    return salted_hmac("accounts.sign_in_limits", name, algorithm="sha256").hexdigest()[:32]
