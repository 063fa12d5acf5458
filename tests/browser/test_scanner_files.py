"""The files of the scanner page: where its decoder comes from, and that it has words for all."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.openapi import document
from ticketing.api import scanner_page

ROOT = Path(settings.BASE_DIR)
FILES = ROOT / "ticketing" / "static" / "venue"
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
# What the page itself does right, so that nobody at a gate is ever told.
PROTOCOL = {"malformed_json", "undeclared_body"}

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="There is no Node")
needs_modules = pytest.mark.skipif(not ESBUILD.exists(), reason="esbuild is not installed: npm ci")


@needs_modules
def test_the_decoder_is_what_the_package_of_the_lock_file_gives(tmp_path: Path) -> None:
    script = json.loads((ROOT / "package.json").read_text())["scripts"]["decoder"]
    made = script.replace("ticketing/static/venue", str(tmp_path))
    path = f"{ESBUILD.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-c", made], cwd=ROOT, env={"PATH": path}, check=True, capture_output=True
    )

    for name in ("decoder.js", "decoder.LICENSE.txt"):
        assert (tmp_path / name).read_bytes() == (FILES / name).read_bytes()


@pytest.fixture(scope="module")
def words() -> dict[str, Any]:
    """What the page says, by language; functions as what they say of 1 and 2."""
    program = f"""
      import {{ WORDS }} from "{(FILES / "words.js").as_uri()}";
      const said = (name, value) => (typeof value === "function" ? value(1, 2) : value);
      console.log(JSON.stringify(WORDS, said));
    """
    command = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@needs_node
def test_both_languages_say_the_same_things_in_words_of_their_own(words: dict[str, Any]) -> None:
    en, zh = (_flat(words[lang]) for lang in ("en", "zh"))
    assert en.keys() == zh.keys()
    assert {name for name in en if en[name] == zh[name]} == set()
    assert all(text.isascii() or text == "中文" or "…" in text for text in en.values())


def _flat(said: dict[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in said.items():
        inner = {before + name: value}
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else inner
    return flat


@needs_node
def test_every_refusal_of_the_gate_has_words(words: dict[str, Any]) -> None:
    codes = {
        code
        for path in ("scan", "inspect", "redemptions/{scan_id}/undo")
        for code in refusals(path)
    }
    assert len(codes) >= 15
    for lang in words:
        assert codes - words[lang]["codes"].keys() == set()
        assert words[lang]["status"].keys() == {
            "PRE_GENERATED", "ACTIVE", "USED", "EXPIRED", "CANCELLED",
        }  # fmt: skip


def refusals(path: str) -> set[str]:
    """The codes that say something about a ticket or a scan."""
    responses = document()["paths"][f"/venue/{path}"]["post"]["responses"]
    examples = {
        name.removesuffix(f"_{status}")
        for status in ("400", "404", "409", "422")
        for name in responses.get(status, {}).get("content", {})
        .get("application/problem+json", {}).get("examples", {})
    }  # fmt: skip
    return examples - PROTOCOL


def test_the_page_is_the_same_for_everybody_and_may_load_nothing_else(client: Client) -> None:
    answer = client.get("/venue/")

    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert not answer.cookies
    assert "unsafe" not in str(scanner_page.POLICY)
    page = answer.content.decode()
    assert "http" not in page
    assert " style=" not in page
    assert client.post("/venue/").status_code == 405
