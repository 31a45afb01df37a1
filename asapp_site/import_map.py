"""The import map: which address the bare name of a JavaScript module stands for.

Modules import each other by bare names such as `#lib/text.js`. In the browser the import map resolves them; in Node,
which runs the unit tests, the `imports` of `package.json` do. The `#` is what Node asks for in such names.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def import_map(context: dict[str, Any], *folders: str) -> SafeString:
    """The `<script type="importmap">` for the modules in these folders of `static/js`.

    The content security policy allows an inline script only with the nonce of its response. A page that renders no
    import map gets no nonce.
    """
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, _map(folders))


def _map(folders: tuple[str, ...]) -> SafeString:
    imports = {
        f"#{folder}/{name}": staticfiles_storage.url(f"js/{folder}/{name}")
        for folder in folders
        for name in _names(folder)
    }
    # "<" may not stand in a script element; no name of a file holds one, and a storage's address might.
    return mark_safe(json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S308


@cache
def _names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(settings.BASE_DIR, f"static/js/{folder}").glob("*.js"))
