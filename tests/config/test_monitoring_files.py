"""What stands under deploy/: read as Prometheus and Grafana read it, and asked of real figures."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ota import tasks
from tests import make
from tests.partner_program import Program, program

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
# Of Prometheus itself.
NOT_OURS = {"up", "ALERTS"}
NAME = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\(|\{|\b)")
LABELS = re.compile(r"\{[^}]*\}|\b(?:by|on|without|ignoring)\s*\([^)]*\)")
WORDS = {"and", "or", "unless", "by", "on", "without", "ignoring", "bool"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    return json.loads((DEPLOY / "grafana" / "dashboards" / "gangway.json").read_text())


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def names(expression: str) -> set[str]:
    """The metrics of an expression: what is neither a label, a function, a text nor a word."""
    bare = re.sub(r"\[[^]]*\]", "", LABELS.sub(" ", re.sub(r'"[^"]*"', '""', expression)))
    return {
        found[1]
        for found in NAME.finditer(bare)
        if found[2] != "(" and not bare[found.end(1) :].lstrip().startswith("(")
    } - WORDS


def labels(expression: str) -> set[tuple[str, str]]:
    """Each metric with the labels it is asked for."""
    asked = re.findall(r"([a-z_]+)\{([^}]*)\}", expression)
    return {
        (metric, label)
        for metric, inner in asked
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", inner)
    }


@pytest.fixture
def shown(db: None) -> dict[str, set[str]]:
    """Every metric of a real answer, with its labels."""
    program().get("inventory")
    make.premade_ticket()
    make.reservation("cancelled")
    tasks.worker_heartbeat.apply()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(Program(None).get("/metrics").body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_the_names_of_an_expression_are_found() -> None:
    expression = 'histogram_quantile(0.95, sum by (a, le) (rate(x_bucket{b=~"c d"}[5m]))) > 2 and y'
    assert names(expression) == {"x_bucket", "y"}
    assert labels(expression) == {("x_bucket", "b")}
    assert names('absent(x) and on() (up{job="g"} == 1)') == {"x", "up"}


def test_every_figure_that_rules_and_panels_ask_for_exists(shown: dict[str, set[str]]) -> None:
    asked = {name for expression in expressions() for name in names(expression)}
    assert len(asked) > 12
    assert asked - NOT_OURS - shown.keys() == set()


def test_every_figure_of_the_guide_exists(shown: dict[str, set[str]]) -> None:
    guide = (ROOT / "docs" / "guides" / "monitoring.md").read_text()
    told = re.findall(r"^\| (`(?:gangway|ota)_.*?) \| *(.*?) *\|", guide, re.MULTILINE)
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in shown} | shown.keys()
    for row, said in told:
        for name in re.findall(r"`(\w+)`", row):
            assert name in families
            known = shown.get(name) or shown.get(f"{name}_bucket") or set()
            assert set(said.split(", ")) - {""} == known - {"le"}, name
    named = {name for row, _ in told for name in re.findall(r"`(\w+)`", row)}
    assert {name for name in shown if name.startswith("ota_")} <= named


def test_every_label_that_is_asked_for_exists(shown: dict[str, set[str]]) -> None:
    asked = {each for expression in expressions() for each in labels(expression)}
    assert {
        (metric, label)
        for metric, label in asked
        if metric not in NOT_OURS and label not in shown[metric]
    } == set()


def test_every_rule_says_how_bad_it_is_and_what_is_wrong() -> None:
    for rule in rules():
        assert rule["alert"].startswith("Gangway")
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"]
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for expression in expressions():
        assert expression.count("(") == expression.count(")")


def test_prometheus_finds_its_rules_and_asks_the_web_server_with_its_token() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    found = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    mounted = compose["services"]["prometheus"]["volumes"][0].split(":")
    assert (ROOT / mounted[0]).resolve() == DEPLOY / "prometheus"
    for file in found["rule_files"]:
        assert (DEPLOY / "prometheus" / Path(file).relative_to(mounted[1])).exists()
    (job,) = found["scrape_configs"]
    assert job["static_configs"][0]["targets"] == ["web:8000"]
    (secret,) = compose["services"]["prometheus"]["secrets"]
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{secret}"
    assert compose["secrets"][secret] == {"environment": "METRICS_TOKEN"}


def test_grafana_finds_its_data_and_its_dashboard() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    places = [volume.split(":") for volume in compose["services"]["grafana"]["volumes"]]
    inside = {place[1]: ROOT / place[0] for place in places if place[0].startswith("./")}
    (source,) = yaml.safe_load(
        (inside["/etc/grafana/provisioning"] / "datasources" / "prometheus.yml").read_text()
    )["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load(
        (inside["/etc/grafana/provisioning"] / "dashboards" / "gangway.yml").read_text()
    )["providers"]
    assert (inside[provider["options"]["path"]] / "gangway.json").exists()
    panels = dashboard()["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
