"""The environment variables and their valid values; `docs/operations.md` says what each one does.

Checked before anything reads one, so that whoever starts Academy is told of all that is wrong at once, in sentences that
name no secret.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from environ import Env
from psycopg.conninfo import conninfo_to_dict

from academy.settings_checks import insecure_settings

ON, OFF = set(Env.BOOLEAN_TRUE_STRINGS), {"false", "off", "n", "no", "0", ""}
HOST_NAME = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
LOCAL_HOSTS = "127.0.0.1,localhost,[::1]"
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Kind:
    """A kind of valid values, and its description after "must be". Values of secrets are never shown."""

    right: str
    accepts: Callable[[str], bool]
    secret: bool = False


def problems(environment: Mapping[str, str]) -> list[str]:
    """What is wrong with the variables, a sentence for each; empty where Academy may start."""
    found = {name: said for name in VARIABLES if (said := _problem(name, environment.get(name)))}
    return [*found.values(), *_combinations(environment), *_weaknesses(environment, set(found))]


def refuse_wrong(environment: Mapping[str, str] = os.environ) -> None:
    """Raise ImproperlyConfigured where a variable is wrong."""
    refuse(problems(environment))


def refuse(found: list[str]) -> None:
    """Raise ImproperlyConfigured, with every problem in a line, where there are any."""
    if found:
        raise ImproperlyConfigured("Academy refuses to start:\n- " + "\n- ".join(found))


def warnings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each setting that is meant for trying out and unlikely to be intended in a deployment."""
    deployed = environment.get("DATABASE_URL") and environment.get("DEBUG", "").lower().strip() not in ON
    mail = environment.get("EMAIL_URL") or "consolemail://"
    if deployed and mail.partition(":")[0] in ("consolemail", "dummymail", "memorymail", "filemail"):
        said = "EMAIL_URL names no mail server: invitations and links for a new password reach nobody, and"
        return [f"{said} whoever reads the output of the server can use them."]
    return []


def _problem(name: str, value: str | None) -> str:
    kind = VARIABLES[name]
    if value is None or (kind.accepts(value) and not value.startswith("$")):
        return ""
    if value.startswith("$"):
        return f"{name} must not begin with $, which would name another variable."
    if kind.secret:
        return f"{name} must be {kind.right}."
    shown = value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…"
    return (
        f"{name} must be {kind.right}, not “{shown}”."
        if value
        else f"{name} is empty; it must be {kind.right}."
    )


def _combinations(environment: Mapping[str, str]) -> list[str]:
    given = {name for name, value in environment.items() if value}
    found = []
    if "DATABASE_URL" not in given:
        said = "{} is set and DATABASE_URL is not: set both, or neither for the embedded server."
        found += [said.format(name) for name in ("DATABASE_OWNER_URL", "DATABASE_ADMIN_URL") if name in given]
    if "OIDC_SERVER_URL" in given:
        said = "{} must be set where OIDC_SERVER_URL is: the name and the secret from that server."
        found += [said.format(name) for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if name not in given]
    return found


def _weaknesses(environment: Mapping[str, str], wrong: set[str]) -> list[str]:
    """Insecure settings. A local installation generates its own key, so only its hosts are checked."""
    if environment.get("DEBUG", "").lower().strip() in ON:
        return []
    databases: dict[str, dict[str, Any]] = {}
    for alias, name in (("default", "DATABASE_URL"), ("owner", "DATABASE_OWNER_URL")):
        if environment.get(name) and name not in wrong:
            parts = conninfo_to_dict(environment[name])
            databases[alias] = {"USER": parts.get("user", ""), "PASSWORD": parts.get("password", "")}
    key = environment.get("SECRET_KEY", "")
    return insecure_settings(
        secret_key=key,
        allowed_hosts=[host for host in environment.get("ALLOWED_HOSTS", LOCAL_HOSTS).split(",") if host],
        databases=databases,
        makes_key=not (key or environment.get("DATABASE_URL")),
    )


# ---- the kinds of values


def whole_number(least: int, most: int | None = None) -> Kind:
    def accepts(value: str) -> bool:
        if not re.fullmatch(r"-?\d{1,15}", value):
            return False
        return int(value) >= least and (most is None or int(value) <= most)

    return Kind(f"a whole number from {least}" + (f" to {most}" if most is not None else " up"), accepts)


def number_above_zero() -> Kind:
    def accepts(value: str) -> bool:
        try:
            return math.isfinite(float(value)) and float(value) > 0
        except ValueError:
            return False

    return Kind("a number above 0", accepts)


def list_of(what: str, accepts: Callable[[str], bool]) -> Kind:
    return Kind(
        f"a list of {what}, with commas and without spaces between them",
        lambda value: all(accepts(part) for part in value.split(",") if part),
    )


def one_of(*values: str) -> Kind:
    return Kind("one of " + ", ".join(values), lambda value: value.lower() in values)


def optional(kind: Kind) -> Kind:
    """The same kind, with an empty value also valid: the variable is not set."""
    return Kind(kind.right, lambda value: value == "" or kind.accepts(value), kind.secret)


def _is_host(value: str) -> bool:
    return value == "*" or HOST_NAME.fullmatch(value) is not None


def _is_origin(value: str) -> bool:
    scheme, _, host = value.partition("://")
    name, _, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    return scheme in {"http", "https"} and _is_host(name.removeprefix("*.")) and (not port or port.isdigit())


def _is_path(value: str) -> bool:
    return re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", value) is not None


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return value == "*"
    return True


def _is_postgresql_url(value: str) -> bool:
    try:
        parts = conninfo_to_dict(value)
        ports = [int(port) for port in str(parts.get("port") or "5432").split(",")]
    except (psycopg.ProgrammingError, ValueError):
        return False
    return bool(parts.get("user") and parts.get("dbname")) and all(0 < port < 65536 for port in ports)


def _has_scheme(*schemes: str, host: bool = True) -> Callable[[str], bool]:
    def accepts(value: str) -> bool:
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018  raises where it is no number
        except ValueError:
            return False
        return parts.scheme in schemes and (bool(parts.hostname) or not host)

    return accepts


def _is_mail_url(value: str) -> bool:
    scheme = value.partition(":")[0]
    return scheme in Env.EMAIL_SCHEMES and _has_scheme(scheme, host="smtp" in scheme)(value)


def _is_redis_url(value: str) -> bool:
    return _has_scheme("redis", "rediss")(value) or _has_scheme("unix", host=False)(value)


def _is_time_zone(value: str) -> bool:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(value)


def _is_sender(value: str) -> bool:
    return value.isprintable() and re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]) is not None


SWITCH = Kind("on or off", lambda value: value.lower().strip() in ON | OFF)
TEXT = Kind("printable text", str.isprintable)
SECRET = Kind("printable text", str.isprintable, secret=True)
FOLDER = Kind("the path of a folder", str.isprintable)
POSTGRESQL_URL = Kind(
    "a PostgreSQL URL such as postgresql://user:password@host:5432/name, in which the signs : / @ % # ? of a password "
    "are written as %3A %2F %40 %25 %23 %3F",
    _is_postgresql_url,
    secret=True,
)

VARIABLES: dict[str, Kind] = {
    "SECRET_KEY": SECRET,
    "DEBUG": SWITCH,
    "ACADEMY_OPTIMISATIONS": SWITCH,
    "ALLOWED_HOSTS": list_of("host names without https:// and port", _is_host),
    "CSRF_TRUSTED_ORIGINS": list_of("origins such as https://academy.example.org", _is_origin),
    "HTTPS": SWITCH,
    "SCRIPT_NAME": optional(Kind("a path such as /academy", _is_path)),
    "HSTS_SECONDS": whole_number(0),
    "HSTS_SUBDOMAINS": SWITCH,
    "HSTS_PRELOAD": SWITCH,
    "DATABASE_URL": optional(POSTGRESQL_URL),
    "DATABASE_OWNER_URL": optional(POSTGRESQL_URL),
    "DATABASE_ADMIN_URL": optional(POSTGRESQL_URL),
    "DATABASE_POOL_SIZE": whole_number(0, 1000),
    "DATABASE_POOL_MIN_SIZE": whole_number(0, 1000),
    "DATABASE_POOL_TIMEOUT": number_above_zero(),
    "DATABASE_WAIT": whole_number(0),
    "ACADEMY_DATA": FOLDER,
    "HOST": Kind(
        "a host name or an address of this machine",
        lambda v: _is_host(v) or (_is_network(v) and "/" not in v),
    ),
    "PORT": whole_number(1, 65535),
    "WEB_CONCURRENCY": whole_number(1, 1000),
    "WEB_THREADS": whole_number(1, 1000),
    "WEB_TIMEOUT": whole_number(1),
    "WEB_MAX_REQUESTS": whole_number(0),
    "FORWARDED_ALLOW_IPS": list_of("addresses or networks of proxies, or * for all,", _is_network),
    "SESSION_IDLE_MINUTES": whole_number(1),
    "SESSION_MAX_HOURS": whole_number(1, 24 * 365),
    "REDIS_URL": optional(
        Kind("a Redis URL such as redis://:password@host:6379/0", _is_redis_url, secret=True)
    ),
    "EMAIL_URL": Kind(
        "a mail server such as smtp+tls://user:password@host:587, or consolemail://",
        _is_mail_url,
        secret=True,
    ),
    "DEFAULT_FROM_EMAIL": Kind("an address such as Academy <academy@example.org>", _is_sender),
    "OIDC_SERVER_URL": optional(
        Kind("the https:// address of an OpenID server", _has_scheme("https", "http"), secret=True)
    ),
    "OIDC_CLIENT_ID": TEXT,
    "OIDC_CLIENT_SECRET": SECRET,
    "OIDC_NAME": TEXT,
    "ACCESS_LOG": SWITCH,
    "LOG_LEVEL": one_of(*(logging.getLevelName(level).lower() for level in (10, 20, 30, 40, 50))),
    "ALL_PROGRAMS_HOURS": number_above_zero(),
    "VIEW_AS_MINUTES": number_above_zero(),
    "STATIC_ROOT": FOLDER,
    "TIME_ZONE": Kind("a time zone such as Europe/Berlin", _is_time_zone),
}
