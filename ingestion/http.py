"""One retrying session for all vendors. The vendor's own `classify` decides what a reply means."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from ingestion import parallel
from ingestion.meter import Meter
from ingestion.privacy import strike_emails
from warehouse.errors import ConfigurationError

ATTEMPTS = 5
CONNECT_TIMEOUT = 10.0
# A Google token that was valid a moment ago, or whatever follows the word that introduces one.
_TOKEN = re.compile(r"(?:Bearer\s+|ya29\.)[\w.~+/-]+=*")


@dataclass(frozen=True)
class Accept:
    """The reply is good."""


@dataclass(frozen=True)
class Retry:
    """A passing failure: try again after 1, 2, 4, 8 seconds; after `attempts` tries give up with `reason`.

    With `reduce`, giving up means TooMuchData: what breaks off again and again may be too large.
    """

    reason: str
    attempts: int = ATTEMPTS
    reduce: bool = False


@dataclass(frozen=True)
class WaitUntil:
    """The vendor says how long to wait, in seconds; beyond the wait budget the load stops with a line that says so."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class RefreshToken:
    """The token has expired: get a new one, once; a second refusal is fatal with `hint`."""

    hint: str


@dataclass(frozen=True)
class SkipEntity:
    """This account or object cannot be read; the others can. Raised to the source as EntitySkipped."""

    reason: str


@dataclass(frozen=True)
class Reduce:
    """Too much was asked for at once; asking again never helps. Raised to the source as TooMuchData."""

    reason: str


@dataclass(frozen=True)
class Fatal:
    """A person has to mend this; `hint` says what is wrong and how, without secrets."""

    hint: str


Outcome = Accept | Retry | WaitUntil | RefreshToken | SkipEntity | Reduce | Fatal
Classify = Callable[[requests.Response], Outcome]


class EntitySkipped(ConfigurationError):
    """One account cannot be read: `context.skip(account_id, error.reason)` and go on."""

    def __init__(self, who: str, reason: str) -> None:
        super().__init__(f"{who}: {reason}")
        self.reason = reason


class TooMuchData(ConfigurationError):
    """Ask for fewer rows, days or fields."""


class VendorUnavailable(ConfigurationError):
    """The vendor gave no answer, or only refusals for a while, to a request that may well work in some minutes."""


class LoadStopped(ConfigurationError):
    """Asking on makes no sense for now: a quota is used up, or the wait is longer than the budget.

    Days that were read to their last page are kept, and the next load goes on from there. A source may raise it too.
    """


class Auth(Protocol):
    """Gives the bearer token; `refresh` forgets it so that the next one is new, and is False where that cannot be."""

    def token(self) -> str: ...

    def refresh(self) -> bool: ...


class Pacer(Protocol):
    """Holds a request to `path` back until the vendor's limit allows it, and hears of its reply; None if none came."""

    def before(self, path: str) -> None: ...

    def after(self, path: str, response: requests.Response | None) -> None: ...


@dataclass(frozen=True)
class StaticToken:
    """A bearer token that a person made, and only a person can renew."""

    value: str = field(repr=False)

    def token(self) -> str:
        return self.value

    def refresh(self) -> bool:
        return False


def classify_by_status(response: requests.Response) -> Outcome:
    """The meaning of a reply by its HTTP status alone; for vendors that keep to the standard."""
    status = response.status_code
    if status < 400:
        return Accept()
    if status == 401:
        return RefreshToken("the vendor refused the credentials (HTTP 401)")
    if status == 429:
        seconds = retry_after(response)
        return Retry("HTTP 429") if seconds is None else WaitUntil(seconds, "HTTP 429")
    if status >= 500 or status == 408:
        return Retry(f"HTTP {status}")
    return Fatal(f"HTTP {status}")


def retry_after(response: requests.Response) -> float | None:
    """Seconds of the Retry-After header; None where it is absent or no number."""
    try:
        return float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None


def _told(outcome: Outcome, token: str) -> Outcome:
    """The outcome with the vendor's words in one line, without the token and without e-mail addresses.

    Google names the service account in a refusal, and any vendor may repeat what it was sent.
    """

    def one_line(text: str) -> str:
        line = _TOKEN.sub("(token)", " ".join(strike_emails(text).split()))
        return line.replace(token, "(token)") if token else line

    if isinstance(outcome, Accept):
        return outcome
    if isinstance(outcome, RefreshToken | Fatal):
        return replace(outcome, hint=one_line(outcome.hint))
    return replace(outcome, reason=one_line(outcome.reason))


@dataclass
class VendorSession:
    """Sends requests below `base_url` until `classify` accepts the reply or the failure is final.

    Raises ConfigurationError (host unreachable, credentials refused, retries used up), LoadStopped (waits above the
    budget; from then on for every request of the load), EntitySkipped and TooMuchData. Never follows a link from a
    reply, and never puts a token into a URL. Several threads may ask at a time: a wait is one for all of them, and a
    token that has expired is renewed once.
    """

    source: str
    base_url: str
    classify: Classify
    auth: Auth | None
    headers: Mapping[str, str]
    sleep: Callable[[float], None]
    meter: Meter
    wait_budget: float
    timeout: float = 60.0
    pacer: Pacer | None = None

    def __post_init__(self) -> None:
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            raise ConfigurationError(
                f"config/local.toml: sources.{self.source}.base_url = {self.base_url!r}: is no http or https address"
            )
        self._http = requests.Session()
        # What threads share of a session is its connections, which are made for it, and its cookies, which are not.
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(pool_maxsize=self.meter.parallel))
        # The proxies and certificates of the environment are looked up once and not for each request, which takes
        # 0.8 ms of CPU; and no ~/.netrc takes the place of the token.
        found = self._http.merge_environment_settings(self.base_url, {}, None, None, None)
        self._http.proxies, self._http.verify = found["proxies"], found["verify"]
        self._http.trust_env = False
        self._renewal = threading.Lock()

    def get(self, path: str, *, params: Mapping[str, Any] | None = None, subject: str = "") -> requests.Response:
        """GET `path`; `subject` (such as "account 42") begins the line that a failure prints."""
        return self.request("GET", path, params=params, subject=subject)

    def post(
        self, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None, subject: str = ""
    ) -> requests.Response:
        """POST `json` to `path`."""
        return self.request("POST", path, params=params, json=json, subject=subject)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        subject: str = "",
    ) -> requests.Response:
        """The accepted reply."""
        attempt, refreshed = 0, False
        who = f"{self.source}: {subject}" if subject else self.source
        while True:
            attempt += 1
            token = self._token()
            with self.meter.turn:
                parallel.check()
                if self.meter.stopped:
                    raise LoadStopped(self.meter.stopped)
                self.meter.requests += 1
                waited = self.meter.wait_seconds
            authorization = {"Authorization": f"Bearer {token}"} if token else {}
            sent = {**self.headers, **(headers or {}), **authorization}
            response, outcome = self._paced(method, path, params, json, sent)
            match outcome:
                case Accept() if response is not None:
                    return response
                case Retry(reason, attempts, reduce):
                    if attempt >= attempts:
                        kind = TooMuchData if reduce else VendorUnavailable
                        raise kind(f"{who}: gave up after {attempt} tries: {reason}; try again later")
                    self._wait(float(2 ** (attempt - 1)), reason, who, waited)
                case WaitUntil(seconds, reason):
                    if attempt >= 3 * ATTEMPTS:
                        raise VendorUnavailable(f"{who}: still throttled after {attempt} tries: {reason}")
                    self._wait(seconds, reason, who, waited)
                case RefreshToken(hint):
                    if refreshed or not self._renew(token):
                        raise ConfigurationError(f"{who}: {hint}")
                    refreshed = True
                case SkipEntity(reason):
                    raise EntitySkipped(who, reason)
                case Reduce(reason):
                    raise TooMuchData(f"{who}: {reason}")
                case Fatal(hint):
                    raise ConfigurationError(f"{who}: {hint}")

    def _paced(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json: Any,
        headers: Mapping[str, str],
    ) -> tuple[requests.Response | None, Outcome]:
        if self.pacer is None:
            return self._send(method, path, params, json, headers)
        self.pacer.before(path)
        response = None
        try:
            parallel.check()
            response, outcome = self._send(method, path, params, json, headers)
        finally:
            self.pacer.after(path, response)
        return response, outcome

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json: Any,
        headers: Mapping[str, str],
    ) -> tuple[requests.Response | None, Outcome]:
        url = f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            # Made here and not by the session, which would merge its settings into each request for 0.2 ms of CPU.
            request = requests.Request(method, url, {**self._http.headers, **headers}, params=params, json=json)
            prepared = request.prepare()
            with self.meter.slots:
                response = self._http.send(
                    prepared,
                    timeout=(CONNECT_TIMEOUT, self.timeout),
                    proxies=self._http.proxies,
                )
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            return None, Retry("the reply broke off", attempts=3, reduce=True)
        except requests.exceptions.ReadTimeout:
            return None, Retry(f"no reply within {self.timeout:g} s", attempts=3, reduce=True)
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            # The exception's own text may hold the whole URL; the host is all that a person needs.
            host = urlsplit(self.base_url).netloc
            return None, Retry(
                f"{host} cannot be reached; check the network and sources.{self.source}.base_url", attempts=3
            )
        except requests.exceptions.RequestException as error:
            return None, Fatal(f"the request failed: {type(error).__name__}; check sources.{self.source}.base_url")
        return response, _told(self.classify(response), headers.get("Authorization", "").removeprefix("Bearer "))

    def _token(self) -> str | None:
        if self.auth is None:
            return None
        with self._renewal:
            return self.auth.token()

    def _renew(self, refused: str | None) -> bool:
        """Whether there is another token than the one that was refused; another thread may have got it already."""
        if self.auth is None:
            return False
        with self._renewal:
            return self.auth.token() != refused or self.auth.refresh()

    def _wait(self, seconds: float, reason: str, who: str, waited: float) -> None:
        """Wait, and let the other threads wait; `waited` is how long all had waited when the request was sent."""
        with self.meter.turn:
            parallel.check()
            seconds -= self.meter.wait_seconds - waited
            if seconds <= 0:  # Another thread has waited meanwhile.
                return
            if self.meter.stopped:
                raise LoadStopped(self.meter.stopped)
            if self.meter.wait_seconds + seconds > self.wait_budget:
                again = datetime.now(UTC) + timedelta(seconds=seconds)
                self.meter.stopped = (
                    f"{who}: {reason}: must wait {seconds:.0f} s, more than is left of the budget of "
                    f"{self.wait_budget:.0f} s; try again after {again:%Y-%m-%d %H:%M} UTC, "
                    f"or raise sources.{self.source}.wait_budget_seconds"
                )
                raise LoadStopped(self.meter.stopped)
            self.meter.waits += 1
            self.meter.wait_seconds += seconds
            used = f"{self.meter.wait_seconds:.0f} of {self.wait_budget:.0f} s budget used"
            self.meter.waiting = f"waiting {seconds:.0f} s, {used}: {reason}"
            self.sleep(seconds)
            self.meter.waiting = ""
