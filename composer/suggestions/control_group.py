"""The control group: agents who work without help of the composer, so that its effect can be measured.

An agent's bucket, 0 to 9,999, is a hash of the company and the agent. The group is all buckets below the percentage, so
that a larger percentage keeps every member, and no list of members is stored.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

BUCKETS = 10_000
# Another experiment takes another salt, and gets other members.
_SALT = "autocompose.control_group"


def is_in_control_group(company_id: int, external_id: str, percent: Decimal) -> bool:
    """Is the agent with this external id among the `percent` of the company's agents?"""
    text = f"{company_id}\n{_SALT}\n{external_id}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest) % BUCKETS < percent * BUCKETS / 100
