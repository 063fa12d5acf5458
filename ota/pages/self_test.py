"""The self-test for partners as one file: Python runs it without this repository."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page, require_safe

from ota import partner_check

NAME = "partner_check.pyz"
START = f"""import sys

from partner_check.command import main

sys.exit(main(sys.argv[1:], "{NAME}"))
"""


@require_safe
@conditional_page
def as_file(request: HttpRequest) -> HttpResponse:
    """`python3 partner_check.pyz <base-url> <key>` is all there is to it."""
    told = {"Content-Disposition": f'attachment; filename="{NAME}"'}
    return HttpResponse(archive(), content_type="application/zip", headers=told)


@cache
def archive() -> bytes:
    """The package with a start of its own, zipped; the same bytes from every process."""
    made = BytesIO()
    with ZipFile(made, "w") as file:
        for name, text in _files():
            file.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return made.getvalue()


def _files() -> Iterator[tuple[str, str]]:
    yield "__main__.py", START
    for file in sorted(Path(partner_check.__path__[0]).glob("*.py")):
        yield f"partner_check/{file.name}", file.read_text(encoding="utf-8")
