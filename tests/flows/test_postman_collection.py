"""The Postman collection asks for what there is, and every step of it succeeds."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from ota import demo
from tests import make
from tests.openapi import document, operation, template_of
from ticketing import reconcile

FOLDER = Path(settings.BASE_DIR) / "docs" / "postman"
COLLECTION = FOLDER / "ota-premade-tickets.postman_collection.json"
ENVIRONMENT = FOLDER / "gangway-demo.postman_environment.json"
NEWMAN = Path(settings.BASE_DIR) / "node_modules" / ".bin" / "newman"
VARIABLE = re.compile(r"\{\{(\w+)\}\}")
OF_PREMADE_TICKETS = {
    "generate_tickets", "list_tickets", "activate_ticket", "cancel_ticket", "list_batches",
    "get_batch", "get_batch_analytics", "cancel_batch",
}  # fmt: skip


def collection() -> dict[str, Any]:
    return json.loads(COLLECTION.read_text(encoding="utf-8"))


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request by its name."""
    for folder in collection()["item"]:
        for item in folder["item"]:
            yield item["name"], item["request"]


def said_of(request: dict[str, Any]) -> dict[str, Any]:
    """What the schema says of the operation a request asks for; its variables stand for ids."""
    path = VARIABLE.sub("1", request["url"]["raw"].removeprefix("{{base_url}}"))
    template = template_of(path)
    assert template, f"Nothing is served at {path}"
    said = operation(template, request["method"])
    assert said, f"{request['method']} {template} is not in the schema"
    return said


@pytest.mark.parametrize("request_", [pytest.param(said, id=name) for name, said in steps()])
def test_every_request_is_in_the_schema(request_: dict[str, Any]) -> None:
    said = said_of(request_)
    asked = {each["key"] for each in request_["url"].get("query", [])}
    known = {each["name"] for each in said.get("parameters", []) if each["in"] == "query"}
    assert asked <= known
    if "body" in request_:
        sent = json.loads(request_["body"]["raw"]).keys()
        content = said["requestBody"]["content"]["application/json"]["schema"]
        shape = document()["components"]["schemas"][content["$ref"].rpartition("/")[2]]
        assert sent <= shape.get("properties", {}).keys()


def test_every_operation_of_pre_made_tickets_is_asked_for() -> None:
    assert {said_of(request)["operationId"] for _, request in steps()} >= OF_PREMADE_TICKETS


def test_what_is_no_request_is_noticed() -> None:
    for wrong in ("/api/ota/ticket", "/api/ota/batches/{{batch_id}}/sell"):
        with pytest.raises(AssertionError):
            said_of({"method": "POST", "url": {"raw": "{{base_url}}" + wrong}})
    with pytest.raises(AssertionError):
        said_of({"method": "PUT", "url": {"raw": "{{base_url}}/api/ota/tickets"}})


def test_every_variable_is_known_and_the_keys_are_those_of_the_demonstration() -> None:
    environment = json.loads(ENVIRONMENT.read_text(encoding="utf-8"))
    values = {each["key"]: each["value"] for each in environment["values"]}
    own = {each["key"] for each in collection()["variable"]}
    used = set(VARIABLE.findall(COLLECTION.read_text(encoding="utf-8")))
    assert used <= values.keys() | own
    assert {value for name, value in values.items() if name.endswith("key")} == {
        key for _, _, _, key, _ in demo.PARTNERS
    }


@pytest.mark.skipif(
    not (NEWMAN.exists() and shutil.which("node")), reason="Newman is not installed: npm ci"
)
@pytest.mark.django_db(transaction=True)
def test_newman_runs_it_without_a_failure(web: str, tmp_path: Path) -> None:
    demo.seed(at=make.now())
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [NEWMAN, "run", COLLECTION, "--environment", ENVIRONMENT,
         "--env-var", f"base_url={web}", "--reporters", "cli,junit",
         "--reporter-junit-export", report],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    suites = ET.parse(report).getroot().findall("testsuite")
    assert len(suites) == len(list(steps()))
    assert {(each.get("failures"), each.get("errors")) for each in suites} == {("0", "0")}
    assert list(reconcile.differences()) == []


def test_the_runner_asks_where_make_run_answers() -> None:
    script = (FOLDER / "run.sh").read_text(encoding="utf-8")
    address = json.loads(ENVIRONMENT.read_text(encoding="utf-8"))["values"][0]["value"]
    assert urlsplit(address).port == 8000
    assert "url=http://127.0.0.1:${PORT:-8000}" in script
