"""The guide to alerts, made of the rules: `python -m tests.ota.alerts.guide` writes it anew."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ota.alerts.rule import Rule

FILE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "alerts.md"
HEAD = """# Alerts: what each one means and what to do

For operators: what the back office shows under Alerts and what its mails are about. Every rule \
is judged by itself, opens one alert for each thing it is true of, counts how often it was \
seen, and closes the alert when it is no longer true.

- **Acknowledge** with a note what you have taken on: the alert stays open until it is over, \
but the number in the sidebar no longer counts it.
- **Limits** stand under Alert thresholds; each change is remembered in the staff log. A rule \
can be turned off there.
- **Mail** goes to `ALERT_EMAILS` by the server of `EMAIL_URL`: one when an alert opens, one \
when it has been over for 15 minutes; more than three at a time come in one mail. What comes \
back within these 15 minutes is the same alert and makes no mail. Mails name no customer. While \
`EMAIL_URL` is empty nothing is mailed, and `manage.py check` says so if `ALERT_EMAILS` is set; \
once it is set, what is still open and what ended within a day is mailed, in the same way.
- **When beat, the worker or Redis is away** the web processes say so. They look every ten \
seconds, need neither Redis nor the queue, and then also judge the rules marked *at once* and \
send the mail. Sales go on meanwhile; whatever is due is caught up with when the parts return.
- Rules are judged *at once* (every 30 seconds), *by trend* (every five minutes) or *with the \
books* (every hour). In the log each is a line `ota.alerts.opened` and `ota.alerts.closed`.
"""
PACE = {"parts": "at once", "quick": "at once", "slow": "by trend", "books": "with the books"}


def text() -> str:
    """The guide as it should be."""
    from ota.alerts import rulebook

    sections = [HEAD]
    for family in rulebook.FAMILIES:
        sections += [_section(rule) for rule in family.RULES]
    return "\n".join([*sections, _section(rulebook.FAILED)])


def _section(rule: "Rule") -> str:
    from ota.alerts import rulebook

    limits = [
        f"{limit.meaning}: {limit.default}"
        for name, limit in rule.limits.items()
        if name != "window_minutes"
    ]
    if rule.window:
        limits.append(f"looks back {rulebook.span(rule.window.default)}")
    facts = [f"`{rule.name}`", str(rule.severity.label), PACE[rule.group.value], *limits]
    return (
        f"## {rule.title}\n\n{' · '.join(facts)}\n\n> {rulebook.pattern(rule)}\n\n"
        f"{rule.means} **What to do:** {rule.todo}\n"
    )


if __name__ == "__main__":
    import django

    os.environ |= {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()
    FILE.write_text(text(), encoding="utf-8")
