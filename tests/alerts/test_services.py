"""Messages arrive at real receivers, as plain text, and no address ever reaches a line, a log or the terminal."""

from __future__ import annotations

import logging

import pytest
from apprise.plugins.slack import NotifySlack

from alerts.message import Message
from alerts.services import require, send, unusable
from tests.alerts.conftest import Mailbox, Receiver
from warehouse.alerting import Alerts, Service
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

# A campaign's name that would mention everybody, break out of the markup, or be one.
HOSTILE = "<!channel> <b>Brand</b> & *Co* <at>all</at>"
MESSAGE = Message("Larkspur & Sons: unusual", f"Unusual\n- Cost per lead, {HOSTILE}: 15.00 EUR", "warning")
SECRET = "S3cretTokenOfTheService"


def test_an_email_holds_the_text_as_it_is(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "ALERTS__OPERATORS",
        f"mailto://127.0.0.1:{mailbox.port}?from=kpi@example.com&to=owner@example.com&mode=insecure",
    )
    assert send("operators", MESSAGE) is None
    (mail,) = mailbox.mails
    assert (mail["Subject"], mail["To"]) == ("Larkspur & Sons: unusual", "owner@example.com")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == MESSAGE.body.splitlines()


def test_a_webhook_is_posted_title_text_and_tone(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS__OPERATORS", f"json://127.0.0.1:{receiver.port}/hooks/kpi")
    assert send("operators", MESSAGE) is None
    ((path, posted),) = receiver.posted
    assert path == "/hooks/kpi"
    assert (posted["title"], posted["message"], posted["type"]) == (MESSAGE.title, MESSAGE.body, "warning")


def test_slack_is_posted_text_in_which_nobody_is_mentioned(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{receiver.port}/services")
    monkeypatch.setenv("ALERTS__MARKETING", f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}X/#marketing")
    assert send("marketing", MESSAGE) is None
    ((path, posted),) = receiver.posted
    assert path.startswith("/services/T1JJ3T3L2/A1BRTD4JD/")
    (part,) = posted["attachments"]
    assert "&lt;!channel&gt; &lt;b&gt;Brand&lt;/b&gt; &amp; *Co*" in part["text"]
    assert "<!channel>" not in str(posted)


def test_teams_is_posted_a_card(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS__TEAMS", f"workflow://127.0.0.1:{receiver.port}/643e2b9f/{SECRET}")
    _without_tls(monkeypatch)
    assert send("teams", MESSAGE) is None
    ((path, posted),) = receiver.posted
    assert "643e2b9f" in path
    card = posted["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    texts = [part["text"] for part in card["body"] if part["type"] == "TextBlock"]
    assert texts[0] == MESSAGE.title
    # The card is Markdown: whatever would be markup, or a mention, is escaped.
    assert "<\\!channel\\> <b\\>Brand</b\\> & \\*Co\\* <at\\>all</at\\>" in texts[1]
    assert not card["msteams"].get("entities")


@pytest.mark.parametrize("is_up", [True, False])
def test_a_service_that_takes_nothing_is_named_without_its_address(
    is_up: bool,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    receiver.status = 404
    port = receiver.port if is_up else 9  # nobody listens on the discard port
    monkeypatch.setenv("ALERTS__OPERATORS", f"json://kpi:{SECRET}@127.0.0.1:{port}/{SECRET}")
    with caplog.at_level(logging.DEBUG):
        line = send("operators", MESSAGE)
    reason = "it answered 404" if is_up else "it cannot be reached, or it refused the login"
    assert line == (
        f"alerts.operators: the message was not taken: {reason}; mend it, then `kpi alerts test --service operators`"
    )
    printed = capsys.readouterr()
    assert SECRET not in caplog.text + printed.out + printed.err + line


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("", ".dlt/secrets.toml: alerts.operators is missing; set the address of the service there, or ALERTS__OPER"),
        (f"gopher-{SECRET}", ".dlt/secrets.toml: alerts.operators: is no address of a service; write one such as"),
    ],
)
def test_an_unusable_address_is_one_line_that_does_not_hold_it(
    address: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALERTS__OPERATORS", address)
    with pytest.raises(ConfigurationError) as raised:
        require(Settings(home=".", alerts=Alerts(services=(Service(name="operators"),))))  # type: ignore[arg-type]
    assert str(raised.value).startswith(line)
    assert SECRET not in str(raised.value) + "".join(capsys.readouterr())


def test_the_doctor_tells_which_addresses_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS__OPERATORS", "json://127.0.0.1:9/")
    services = (Service(name="operators"), Service(name="teams"))
    found = unusable(Settings(home=".", alerts=Alerts(services=services)))  # type: ignore[arg-type]
    assert found["operators"] is None
    assert str(found["teams"]).startswith(".dlt/secrets.toml: alerts.teams is missing")


def _without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams' plugin knows https only; what it posts goes to the receiver all the same."""
    import requests

    post = requests.post

    def plain(url: str, *arguments: object, **named: object) -> requests.Response:
        return post(url.replace("https://", "http://"), *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(requests, "post", plain)
