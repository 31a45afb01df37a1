"""The storage of static files: compressed, named by their content, and with joined stylesheets."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import url\("(?P<name>[\w./-]+\.css)"\);$', re.MULTILINE)
# Comments are removed. No string in our stylesheets holds a comment sign.
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


class DeskStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Rewrites file names in JavaScript imports, and joins the stylesheets that a page imports.

    A stylesheet named `*_page.css` holds lines `@import url("other.css");` for files of the same folder. It becomes one
    file without comments. When nothing is collected (DEBUG, tests), the browser follows the imports itself.
    """

    # Only the desk's own modules: those of packages are not written for it.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in [name for name in paths if name.endswith("_page.css")]:
                self._join(name)
                paths[name] = (self, name)  # so that the hash in the name is that of the joined file
        yield from super().post_process(paths, dry_run, **options)

    def _join(self, name: str) -> None:
        folder = name.rpartition("/")[0]
        text = IMPORT.sub(lambda match: self._read(f"{folder}/{match['name']}"), self._read(name))
        self.delete(name)
        self.save(name, ContentFile(COMMENT.sub("", text).encode()))

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            return bytes(file.read()).decode()
