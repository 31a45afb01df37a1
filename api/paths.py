"""Which paths are the API's."""

from __future__ import annotations

# The base paths of the whole contract (its README, table of specs): what is not built yet answers 404 in the envelope.
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
    return path.startswith(PREFIXES)
