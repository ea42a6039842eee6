"""Tries the deployment as far as a machine without a container engine can, and says what it could not try.

python deploy/check.py            everything: builds as the Dockerfile says, in a temporary folder, and serves
python deploy/check.py --quick    only reads Dockerfile, .dockerignore and compose.yaml
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from database.embedded import Cluster  # noqa: E402
from database.server_files import SUPERUSER  # noqa: E402
from deploy.files import Wrong, check_compose, check_dockerfile, final_stage, instructions, is_ignored, say  # noqa: E402
from tools.ports import unused_port  # noqa: E402

# What a build step needs that only a container has.
CONTAINER_ONLY = re.compile(r"^(apt-get|useradd)\b")
NOT_TRIED = (
    "the base images python:3.13-slim-bookworm and postgres:18 (the steps ran with this machine's Python instead)",
    "the layers, the caching and the size of the image",
    "the network of compose.yaml, its volume, its health checks and the restarts by the engine",
    "read_only, cap_drop and no-new-privileges",
)
UID_IN_IMAGE = 10001
SECRET_KEY = secrets.token_hex(32)


def main(arguments: list[str]) -> int:
    try:
        check_dockerfile()
        check_compose()
        if "--quick" not in arguments:
            with tempfile.TemporaryDirectory(prefix="academy-deploy-") as folder:
                try_deployment(Path(folder))
    except Wrong as error:
        print(f"WRONG: {error}")
        return 1
    print("Not tried here, for want of a container engine:")
    for what in NOT_TRIED:
        print(f"  - {what}")
    return 0


# ---- trying


def try_deployment(folder: Path) -> None:
    folder.chmod(0o755)
    app, venv = folder / "app", folder / "venv"
    environment = build(app, venv, folder)
    cluster = Cluster(folder / "database", throwaway=True)
    cluster.start()
    try:
        urls = ask_for_passwords(cluster)
        identity = other_user(venv)
        if identity:  # the server's folder is closed to every account but its own
            cluster.socket_folder.chmod(0o755)
            (cluster.socket_folder / ".s.PGSQL.5432").chmod(0o777)
        serve(app, {**environment, **urls}, identity)
    finally:
        cluster.release()


def ask_for_passwords(cluster: Cluster) -> dict[str, str]:
    """Let the server ask everybody for a password, as one of a deployment does; return the URLs with them."""
    passwords = {
        SUPERUSER: secrets.token_hex(16),
        "academy_owner": secrets.token_hex(16),
        "academy_app": secrets.token_hex(16),
    }
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        literal = psycopg.sql.Literal(passwords[SUPERUSER])
        connection.execute(psycopg.sql.SQL("ALTER ROLE postgres PASSWORD {}").format(literal))
        (rules,) = connection.execute("SHOW hba_file").fetchone() or ("",)
        Path(rules).write_text("local all all scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")

    def url(user: str, database: str) -> str:
        return cluster.url(user, database).replace("@", f":{passwords[user]}@", 1)

    return {
        "DATABASE_ADMIN_URL": url(SUPERUSER, "postgres"),
        "DATABASE_OWNER_URL": url("academy_owner", "academy"),
        "DATABASE_URL": url("academy_app", "academy"),
    }


def build(app: Path, venv: Path, folder: Path) -> dict[str, str]:
    """Do what the Dockerfile does, with its paths moved into `folder`; return the environment it sets."""
    requirements = folder / "requirements.txt"

    def moved(text: str) -> str:
        for there, here in (("/opt/venv", venv), ("/opt/requirements.txt", requirements), ("/app", app)):
            text = re.sub(rf"(?<![\w/]){re.escape(there)}\b", str(here), text)
        return text

    environment = {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
    environment |= {"PATH": os.environ["PATH"], "HOME": str(folder)}
    began, stage = time.monotonic(), 0
    for name, rest in instructions():
        if name == "FROM":
            stage += 1
        elif name == "ENV":
            environment |= {
                key: os.path.expandvars(value.replace("$PATH", environment["PATH"]))
                for key, _, value in (moved(part).partition("=") for part in shlex.split(rest))
            }
        elif name == "COPY" and not rest.startswith("--from"):
            copy(moved(rest).split(), app)
        elif name == "RUN" and CONTAINER_ONLY.match(rest):
            print(f"skipped, needs a container: {rest}")
        elif name == "RUN":
            run = subprocess.run(
                moved(rest), check=False, shell=True, cwd=app if app.exists() else folder, env=environment,
                capture_output=True, text=True,
            )  # fmt: skip
            if run.returncode:
                raise Wrong(f"RUN {rest}\n{run.stdout}{run.stderr}")
    if not (app / "collected" / "staticfiles.json").exists():
        raise Wrong("the static files were not collected")
    if not list((app / "locale").rglob("*.mo")):
        raise Wrong("the translations were not compiled")
    say(f"built as the Dockerfile says, {stage} stages, in {time.monotonic() - began:.0f} s")
    return environment


def copy(words: list[str], app: Path) -> None:
    *sources, target = words
    if sources != ["."]:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / sources[0], target)
        return

    def ignore(folder: str, names: list[str]) -> set[str]:
        place = Path(folder).relative_to(ROOT)
        return {name for name in names if is_ignored(str(place / name))}

    shutil.copytree(ROOT, app, ignore=ignore, dirs_exist_ok=True)


def other_user(venv: Path) -> dict[str, Any]:
    """What makes a process run as the image's user; empty where that can't be tried."""
    identity: dict[str, Any] = {"user": UID_IN_IMAGE, "group": UID_IN_IMAGE, "extra_groups": []}
    if os.geteuid() == 0:
        try:
            subprocess.run([venv / "bin" / "python", "-c", ""], check=True, cwd="/", **identity)
        except (OSError, subprocess.CalledProcessError):
            print("skipped, other users can't reach this Python: to serve as the image's user")
        else:
            return identity
    return {}


def serve(app: Path, environment: dict[str, str], identity: dict[str, Any]) -> None:
    ports = unused_port(), unused_port()
    began = time.monotonic()

    def start(environment: dict[str, str], port: int) -> subprocess.Popen[str]:
        return entry_point(app, {**environment, "PORT": str(port)}, identity)

    # Two containers at once: one migrates, the other waits.
    servers = [start(environment, port) for port in ports]
    try:
        for server, port in zip(servers, ports, strict=True):
            wait_until_ready(server, port)
        say(f"two entry points at once: both serve after {time.monotonic() - began:.0f} s")
        check_pages(ports[0])
        check_first_super_admin(app, environment)
        check_forgotten_rights(servers[0])
    finally:
        outputs = [stop(server) for server in servers]
    if [server.returncode for server in servers] != [0, 0]:
        raise Wrong(
            f"TERM did not end them well: {[server.returncode for server in servers]}\n{''.join(outputs)}"
        )
    applied = sum("Applying students.0001" in output for output in outputs)
    if applied != 1:
        raise Wrong(f"the migrations ran {applied} times")
    say("migrated once; TERM ends both")

    began = time.monotonic()
    without_owner = {
        k: v for k, v in environment.items() if k not in {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"}
    }
    server = start(without_owner, ports[0])
    wait_until_ready(server, ports[0])
    stop(server)
    say(f"started again, knowing the runtime role alone: serves after {time.monotonic() - began:.1f} s")

    nowhere = environment | {
        "DATABASE_ADMIN_URL": "postgresql://postgres@127.0.0.1:1/postgres",
        "DATABASE_WAIT": "2",
    }
    server = start(nowhere, ports[0])
    output, _ = server.communicate(timeout=60)
    if server.returncode == 0 or "does not answer" not in output:
        raise Wrong(f"without a database the entry point must end with a reason\n{output}")
    say("without a database the entry point gives up with a reason")


def entry_point(app: Path, environment: dict[str, str], identity: dict[str, Any]) -> subprocess.Popen[str]:
    final = final_stage()
    command = [str(app / json.loads(final["ENTRYPOINT"])[0]), *json.loads(final["CMD"])]
    settings = {"SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": "localhost,127.0.0.1", "HOST": "127.0.0.1"}
    return subprocess.Popen(
        command,
        cwd=app,
        env={**environment, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **identity,
    )


def wait_until_ready(server: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Wrong(f"the entry point ended with {server.returncode}\n{server.communicate()[0]}")
        try:
            if get(port, "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise Wrong("not ready after two minutes")


def check_pages(port: int) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/accounts/login/", 200), ("/nothing", 404)):
        if (found := get(port, path)[0]) != status:
            raise Wrong(f"{path} answers {found}, not {status}")
    page = get(port, "/accounts/login/")[2].decode()
    sheet = re.search(r'href="(/static/css/app\.[0-9a-f]{12}\.css)"', page)
    if not sheet:
        raise Wrong("the page names no hashed style sheet")
    status, headers, _ = get(port, sheet[1], {"Accept-Encoding": "br"})
    if status != 200 or headers["Content-Encoding"] != "br" or "immutable" not in headers["Cache-Control"]:
        raise Wrong(f"{sheet[1]}: {status} {headers}")
    say("pages, health and hashed, compressed static files")


def check_first_super_admin(app: Path, environment: dict[str, str]) -> None:
    given = {"DJANGO_SUPERUSER_PASSWORD": "a password for one minute", "SECRET_KEY": SECRET_KEY}
    command = [
        "python",
        "manage.py",
        "createsuperuser",
        "--no-input",
        "--username=first",
        "--email=first@example.org",
    ]
    run = subprocess.run(
        command, check=False, cwd=app, env={**environment, **given}, capture_output=True, text=True
    )
    if run.returncode:
        raise Wrong(f"createsuperuser as the runtime role: {run.stdout}{run.stderr}")
    say("the first super admin can be made")


def check_forgotten_rights(server: subprocess.Popen[str]) -> None:
    process = Path(f"/proc/{server.pid}/environ")
    if process.exists() and b"DATABASE_OWNER_URL" in process.read_bytes():
        raise Wrong("the serving process still knows the owner's URL")


def stop(server: subprocess.Popen[str]) -> str:
    server.send_signal(signal.SIGTERM)
    try:
        return server.communicate(timeout=40)[0]
    except subprocess.TimeoutExpired:
        server.kill()
        return server.communicate()[0]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=15) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
