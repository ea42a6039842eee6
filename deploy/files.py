"""Reads Dockerfile, .dockerignore and compose.yaml and says what is wrong with them."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

INSTRUCTIONS = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER", "WORKDIR",
}  # fmt: skip


class Wrong(Exception):
    """The deployment is not right; the message says where."""


def say(text: str) -> None:
    print(f"ok: {text}", flush=True)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest of the line)."""
    found = []
    text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            found.append((name, rest.strip()))
    return found


def check_dockerfile() -> None:
    found = instructions()
    if unknown := {name for name, _ in found} - INSTRUCTIONS:
        raise Wrong(f"Dockerfile: unknown instructions {unknown}")
    bases = [rest for name, rest in found if name == "FROM"]
    if len(bases) < 2 or any(":" not in base or ":latest" in base for base in bases):
        raise Wrong(f"Dockerfile: two stages are needed, each on a base with a version: {bases}")
    check_copies([rest for name, rest in found if name == "COPY"], [b.partition(" AS ")[2] for b in bases])
    final = final_stage()
    if final.get("USER", "root").split(":")[0] in {"root", "0"}:
        raise Wrong("Dockerfile: the container runs as root")
    if not all(isinstance(json.loads(final[name]), list) for name in ("ENTRYPOINT", "CMD")):
        raise Wrong("Dockerfile: ENTRYPOINT and CMD must be lists, or signals don't arrive")
    entry = json.loads(final["ENTRYPOINT"])[0]
    if not os.access(ROOT / entry, os.X_OK):
        raise Wrong(f"Dockerfile: {entry} can't be executed")
    for needed in (
        entry,
        "manage.py",
        "academy/settings.py",
        "deploy/gunicorn.conf.py",
        "static/css/app.css",
    ):
        if is_ignored(needed):
            raise Wrong(f".dockerignore leaves {needed} out")
    for secret in (".env", ".git/config", ".data/secret-key", ".venv/bin/python"):
        if not is_ignored(secret):
            raise Wrong(f".dockerignore lets {secret} in")
    say(f"Dockerfile: {len(bases)} stages, user {final['USER']}, entry point {entry}")


def check_copies(copies: list[str], stages: list[str]) -> None:
    for rest in copies:
        stage = re.match(r"--from=(\S+)", rest)
        if stage and stage[1] not in stages:
            raise Wrong(f"Dockerfile: no stage {stage[1]}")
        for source in [] if stage else rest.split()[:-1]:
            if not (ROOT / source).exists() or is_ignored(source):
                raise Wrong(f"Dockerfile: COPY {source}: not there, or ignored")


def final_stage() -> dict[str, str]:
    """The instructions that hold in the image that is made; of several of a kind, the last."""
    found = instructions()
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return dict(found[last:])


def ignore_patterns() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def is_ignored(path: str) -> bool:
    """As the engine reads .dockerignore: patterns from the root, `**` for any depth, the last match decides."""
    ignored = False
    parts = Path(path).parts
    prefixes = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    for pattern in ignore_patterns():
        negated, bare = pattern.startswith("!"), pattern.lstrip("!")
        tail = bare.removeprefix("**/")
        matches = any(
            fnmatch.fnmatchcase(prefix.rsplit("/", 1)[-1], tail)
            if bare.startswith("**/")
            else prefix.count("/") == bare.count("/") and fnmatch.fnmatchcase(prefix, bare)
            for prefix in prefixes
        )
        if matches:
            ignored = not negated
    return ignored


def check_compose() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    web, database = services["web"], services["database"]
    if web["depends_on"]["database"]["condition"] != "service_healthy" or "healthcheck" not in database:
        raise Wrong("compose.yaml: the application does not wait for a healthy database")
    for volume in database["volumes"]:
        if volume.partition(":")[0] not in compose["volumes"]:
            raise Wrong(f"compose.yaml: volume {volume} is not declared")
    users = {
        name: re.match(r"postgresql://(\w+):", web["environment"][name])
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL")
    }
    if len({match[1] for match in users.values() if match}) != 3:
        raise Wrong("compose.yaml: administrator, owner and runtime role must be three")
    text = (ROOT / "compose.yaml").read_text()
    example = (ROOT / ".env.example").read_text()
    for name in sorted(set(re.findall(r"\$\{(\w+):\?", text))):
        if not re.search(rf"^{name}=", example, re.MULTILINE):
            raise Wrong(f".env.example: {name} is missing")
    described = (ROOT / "docs" / "operations.md").read_text()
    for name in web["environment"]:
        if f"`{name}`" not in described:
            raise Wrong(f"docs/operations.md does not describe {name}")
    say("compose.yaml: waits for the database, three roles, every variable is in .env.example or described")
