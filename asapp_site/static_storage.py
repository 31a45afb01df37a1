"""How static files are served: compressed, named by their content, and few."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import url\("(?P<name>[\w./-]+\.css)"\);$', re.MULTILINE)
# What explains the rules to us is no use to a browser; no string of ours holds such a sign.
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


class DeskStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Names in JavaScript imports are rewritten, and a page's stylesheet of imports becomes one file.

    A stylesheet named `*_page.css` holds `@import url("other.css");` lines; the files that it names stand in the
    same folder, without their comments. Where nothing is collected (DEBUG, tests) the browser follows the imports
    itself.
    """

    # Of the desk's own modules only: what packages bring along is not written for it.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in [name for name in paths if name.endswith("_page.css")]:
                self._join(name)
                paths[name] = (self, name)  # what is named by its content is the joined file
        yield from super().post_process(paths, dry_run, **options)

    def _join(self, name: str) -> None:
        folder = name.rpartition("/")[0]
        text = IMPORT.sub(lambda found: self._read(f"{folder}/{found['name']}"), self._read(name))
        self.delete(name)
        self.save(name, ContentFile(COMMENT.sub("", text).encode()))

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            return bytes(file.read()).decode()
