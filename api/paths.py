"""The paths of the API."""

from __future__ import annotations

# The base paths of the whole contract (its README, table of specs). What is not built yet gets a 404 in the envelope.
PREFIXES = (
    "/v1/",
    "/autocompose/",
    "/conversation/",
    "/autosummary/",
    "/metadata-ingestion/",
    "/fileexporter/",
    "/knowledge-base/",
    "/generativeagent/",
    "/autotranscribe/",
    "/mg-autotranscribe/",
    "/configuration/",
)


def is_api(path: str) -> bool:
    """Return True for a path of the API."""
    return path.startswith(PREFIXES)
