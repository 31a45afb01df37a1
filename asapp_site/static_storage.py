"""How static files are served: compressed, named by their content, and few."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import url\("(?P<name>[\w./-]+\.css)"\);$', re.MULTILINE)
# Comments are for those who read the sources: no browser needs them.
CSS_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
# Lines that are a comment and nothing else. No string of ours spans lines that look like one.
JS_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)


class DeskStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """Joins the stylesheets of a page, and drops the comments of our scripts.

    A stylesheet named `*_page.css` holds `@import url("other.css");` lines; the files that it names stand in the
    same folder, without their comments. Where nothing is collected (DEBUG, tests) the browser follows the imports
    itself.

    Imports between JavaScript modules are not rewritten: they are bare names that the import map of the page resolves
    (`asapp_site/import_map.py`). So a module that changes gets a new address and those that import it keep theirs,
    and Django's manifest storage needs none of its private patterns.
    """

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in list(paths):
                if name.endswith("_page.css"):
                    self._write(paths, name, CSS_COMMENT.sub("", self._joined(name)))
                elif name.startswith("js/") and name.endswith(".js"):
                    self._write(paths, name, JS_COMMENT.sub("", self._read(name)))
        yield from super().post_process(paths, dry_run, **options)

    def _joined(self, name: str) -> str:
        folder = name.rpartition("/")[0]
        return IMPORT.sub(lambda found: self._read(f"{folder}/{found['name']}"), self._read(name))

    def _write(self, paths: dict[str, Any], name: str, text: str) -> None:
        self.delete(name)
        self.save(name, ContentFile(text.encode()))
        paths[name] = (self, name)  # the name of the file is made of the text that is written here

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            return bytes(file.read()).decode()
