from __future__ import annotations


class NoSuchCustomerError(Exception):
    """The company has no customer with this external id in this environment."""
