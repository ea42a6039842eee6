"""Connection settings of the database, the one in DATABASE_URL or the embedded server, and the set-up of its roles.

The owner role (DATABASE_OWNER_URL) owns all tables and is used for migrations only. The runtime role (DATABASE_URL)
serves requests: it owns nothing and is subject to row-level security. A third role, `academy_all`, can't log in; the
runtime role switches to it with SET ROLE to work across programs.
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from database import disk
from database.embedded import Cluster
from database.log_settings import quiet_statements
from database.pool import PooledConnection
from database.server_files import SUPERUSER

if TYPE_CHECKING:
    from environ import Env

DATABASE = "academy"
OWNER = "academy_owner"
RUNTIME = "academy_app"
ALL_PROGRAMS = "academy_all"

ROLE_SETTINGS: dict[str, str | tuple[str, ...]] = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "TimeZone": "UTC",
    # Temporary tables last, so that they never hide a table of the application.
    "search_path": ("public", "pg_temp"),
}
# Large objects are not used, and row-level security does not cover them. Only a superuser can revoke these rights.
LARGE_OBJECTS = ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)")
CONNECTION = {
    "connect_timeout": 5,
    # A server that stops responding is detected after half a minute, not after hours.
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
OLDEST_VERSION = 150000
SETUP_LOCK, MIGRATION_LOCK = 7_250_110_000, 7_250_110_001
"""Keys of advisory locks, arbitrary numbers: only one process at a time sets up or migrates, on any machine."""
LOCK_POLL_SECONDS = 0.2
FOLDER_ERRORS = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENOENT,
}

BASE_DIR = Path(__file__).resolve().parent.parent


class DatabaseSetupError(Exception):
    """The database could not be set up; the message says what an administrator must run."""


def in_the_way(error: OSError) -> str:
    """The message for a folder or file that can't be used. Raises `error` again where it is of another kind."""
    if error.errno in disk.FULL and error.filename:
        return str(disk.DiskFullError(Path(error.filename)))
    if error.errno not in FOLDER_ERRORS or not error.filename:
        raise error
    return (
        f"{error.filename} can't be used ({error.strerror}). Let this user write there, or name another folder in "
        f"ACADEMY_DATA or STATIC_ROOT."
    )


def wait_for_lock(session: psycopg.Connection[Any], number: int) -> None:
    """Take the advisory lock `number` for `session`, waiting as long as another session has it.

    Asks again and again instead of waiting inside `pg_advisory_lock`: a statement that waits keeps its snapshot, and
    CREATE INDEX CONCURRENTLY, which the holder of the lock may be running, waits for every older snapshot to end.
    """
    while not session.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()[0]:  # type: ignore[index]
        time.sleep(LOCK_POLL_SECONDS)


def data_folder(env: Env) -> Path:
    """The folder of the embedded database and other local data (ACADEMY_DATA, default .data in the project)."""
    return Path(env.str("ACADEMY_DATA", default="") or BASE_DIR / ".data").expanduser().resolve()


def local_secret(env: Env) -> str:
    """The secret key of a local installation, generated once and stored in the data folder, readable by its owner.

    Empty where DATABASE_URL is set: a deployment configures its own key.
    """
    if env.str("DATABASE_URL", default=""):
        return ""
    path = data_folder(env) / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written to a temporary file and linked, so that two processes at once read the same complete key.
        handle, mine = tempfile.mkstemp(dir=path.parent, prefix=".secret-key-")
        with open(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(mine)
        Path(mine).unlink()
    return path.read_text().strip()


def embedded_cluster(env: Env) -> Cluster | None:
    """The embedded server, or None where DATABASE_URL is set."""
    return None if env.str("DATABASE_URL", default="") else Cluster(data_folder(env))


def runtime_url(env: Env) -> str:
    """The URL of the runtime role."""
    cluster = embedded_cluster(env)
    return cluster.url(RUNTIME, DATABASE) if cluster else env.str("DATABASE_URL")


def owner_url(env: Env) -> str:
    """The URL of the owner role; empty where it is not configured."""
    cluster = embedded_cluster(env)
    return cluster.url(OWNER, DATABASE) if cluster else env.str("DATABASE_OWNER_URL", default="")


def administrator_url(env: Env) -> str:
    """The URL of a role that may create roles and databases; empty where it is not configured."""
    cluster = embedded_cluster(env)
    return cluster.url(SUPERUSER, "postgres") if cluster else env.str("DATABASE_ADMIN_URL", default="")


def databases(env: Env) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: "default" with the runtime role, "owner" with the owner role where that is configured.

    No state of a session outlives a transaction (no prepared statements, no server-side cursors), so a pooler in
    transaction mode may be used.
    """
    pool_size = env.int("DATABASE_POOL_SIZE", default=10)
    default = {**django_settings(runtime_url(env)), "ENGINE": "database.postgresql"}
    if pool_size:
        # Broken connections are detected before a request gets them, and waiting for one is limited.
        default["OPTIONS"]["pool"] = {
            "min_size": min(env.int("DATABASE_POOL_MIN_SIZE", default=2), pool_size),
            "max_size": pool_size,
            "timeout": env.float("DATABASE_POOL_TIMEOUT", default=3.0),
            "max_idle": 300,
            "reconnect_timeout": 2,
            "connection_class": PooledConnection,
        }
    found = {"default": default}
    if owner := owner_url(env):
        found["owner"] = django_settings(owner)
    return found


def django_settings(url: str) -> dict[str, Any]:
    """The entry of DATABASES for a connection string of libpq."""
    parts = dict(conninfo_to_dict(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", None) or parts.get("user", ""),
        "USER": parts.pop("user", None) or "",
        "PASSWORD": parts.pop("password", None) or "",
        "HOST": parts.pop("host", None) or "",
        "PORT": str(parts.pop("port", None) or ""),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**CONNECTION, **parts, "prepare_threshold": None},
    }


def start(env: Env, *, keep: bool = False) -> None:
    """Start the embedded server and prepare its roles; does nothing where DATABASE_URL is set.

    With `keep` the server is restarted whenever it ends, as long as this process runs.
    """
    cluster = embedded_cluster(env)
    if cluster:
        cluster.start()
        with disk.told_when_full(cluster.folder):
            prepare(owner_url(env), runtime_url(env), administrator_url=administrator_url(env))
        if keep:
            cluster.keep()


def prepare(owner_url: str, runtime_url: str, *, administrator_url: str = "") -> list[str]:
    """Create the database, its roles and their rights where they are missing; return the SQL statements that were run.

    Connects as the administrator where a URL is given, else as the owner, who needs CREATEROLE only if a role is
    missing. Raises DatabaseSetupError with the SQL that an administrator must run.
    """
    owner, runtime = conninfo_to_dict(owner_url), conninfo_to_dict(runtime_url)
    if owner.get("user") == runtime.get("user"):
        raise DatabaseSetupError(
            "DATABASE_URL and DATABASE_OWNER_URL name the same role. The owner bypasses row-level security, "
            "so the application must serve with another role."
        )
    done: list[str] = []
    _make_database(owner, administrator_url, done)
    connect_as = make_conninfo(administrator_url, dbname=owner["dbname"]) if administrator_url else owner_url
    with psycopg.connect(connect_as, autocommit=True, connect_timeout=5) as connection:
        wait_for_lock(connection, SETUP_LOCK)
        if connection.info.server_version < OLDEST_VERSION:
            raise DatabaseSetupError("PostgreSQL 15 or later is needed.")
        _run(connection, _missing(connection, owner, runtime), done)
    return done


def _make_database(owner: dict[str, Any], administrator_url: str, done: list[str]) -> None:
    """Create the owner role and its database. Only an administrator, or an owner with CREATEDB, can."""
    name, user = str(owner["dbname"]), str(owner["user"])
    if not administrator_url:
        try:
            psycopg.connect(make_conninfo(**owner), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if f'database "{name}" does not exist' not in str(error):
                raise
        else:
            return
    url = administrator_url or make_conninfo(**{**owner, "dbname": "postgres"})
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        wait_for_lock(connection, SETUP_LOCK)
        statements: list[sql.Composed] = []
        if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", user):
            statements.append(_create_role(user, "LOGIN NOSUPERUSER NOBYPASSRLS", owner.get("password")))
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", name):
            statements.append(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(user)
                )
            )
        _run(connection, statements, done)


def _missing(
    connection: psycopg.Connection[Any], owner: dict[str, Any], runtime: dict[str, Any]
) -> list[sql.Composed]:
    """The statements that bring the roles and the schema to what the application needs. Usually none."""
    user, app = str(owner["user"]), str(runtime["user"])
    statements = [
        *_role_statements(connection, app, runtime.get("password")),
        *_membership_statements(connection, app),
    ]
    owned = "SELECT FROM pg_database WHERE datname = current_database() AND datdba = to_regrole(%s)"
    if not _exists(connection, owned, _quoted(user)):
        names = sql.Identifier(str(owner["dbname"])), sql.Identifier(user)
        statements.append(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))
    statements += _schema_statements(connection, app)
    statements += _open_to_everybody(connection, str(owner["dbname"]), user)
    if _is_superuser(connection):
        statements += quiet_statements(connection, str(owner["dbname"]))
    return statements


def _role_statements(
    connection: psycopg.Connection[Any], app: str, password: str | None
) -> list[sql.Composed]:
    """The statements that make the runtime role `app` and the role of all programs, or take back rights of the first."""
    name, statements = sql.Identifier(app), []
    roles = {
        role: (attributes, set(settings or ()))
        for role, *attributes, settings in connection.execute(
            "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolconfig "
            "FROM pg_roles WHERE rolname IN (%s, %s)",
            [app, ALL_PROGRAMS],
        )
    }
    if ALL_PROGRAMS not in roles:
        statements.append(_create_role(ALL_PROGRAMS, "NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS", None))
    attributes, settings = roles.get(app, (None, set()))
    safe = "LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS"
    if attributes is None:
        statements.append(_create_role(app, safe, password))
    else:
        can_login, inherits, superuser, bypasses = attributes
        if superuser or bypasses:  # only a superuser may take these away, so they are named only if set
            statements.append(sql.SQL(f"ALTER ROLE {{}} {safe}").format(name))
        elif inherits or not can_login:
            statements.append(sql.SQL("ALTER ROLE {} LOGIN NOINHERIT").format(name))
    for setting, value in ROLE_SETTINGS.items():
        values = (value,) if isinstance(value, str) else value
        if f"{setting}={', '.join(values)}" not in settings:
            literals = sql.SQL(", ").join(map(sql.Literal, values))
            change = sql.SQL("ALTER ROLE {} SET {} = {}")
            statements.append(change.format(name, sql.SQL(setting), literals))
    return statements


def _membership_statements(connection: psycopg.Connection[Any], app: str) -> list[sql.Composed]:
    """The statement that lets `app` become the role of all programs without having its rights before; or none."""
    version = connection.info.server_version
    # Before 16 a membership had no options of its own: the member's NOINHERIT did.
    options = "m.inherit_option, m.set_option" if version >= 160000 else "false, true"
    memberships = connection.execute(
        f"SELECT {options} FROM pg_auth_members m "  # type: ignore[arg-type]  # noqa: S608  a fixed text
        "WHERE m.roleid = to_regrole(%s) AND m.member = to_regrole(%s)",
        [_quoted(ALL_PROGRAMS), _quoted(app)],
    ).fetchall()
    if any(can_set for _, can_set in memberships) and not any(inherits for inherits, _ in memberships):
        return []
    grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(ALL_PROGRAMS), sql.Identifier(app))
    return [grant + sql.SQL(" WITH INHERIT FALSE, SET TRUE") if version >= 160000 else grant]


def _schema_statements(connection: psycopg.Connection[Any], app: str) -> list[sql.Composed]:
    """The rights of schema public: nobody but the owner creates, both roles may look up names."""
    rights = connection.execute(
        """
        SELECT coalesce(bool_or(a.grantee = 0 AND a.privilege_type = 'CREATE'), false),
               coalesce(bool_or(a.grantee = to_regrole(%s) AND a.privilege_type = 'USAGE'), false),
               coalesce(bool_or(a.grantee = to_regrole(%s) AND a.privilege_type = 'USAGE'), false)
        FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        WHERE n.nspname = 'public'
        """,
        [_quoted(app), _quoted(ALL_PROGRAMS)],
    ).fetchone()
    public_creates, app_uses, all_uses = rights or (False, False, False)
    statements = []
    if public_creates:
        statements.append(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC").format())
    if not (app_uses and all_uses):
        grant = sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}")
        statements.append(grant.format(sql.Identifier(app), sql.Identifier(ALL_PROGRAMS)))
    return statements


def _open_to_everybody(connection: psycopg.Connection[Any], database: str, owner: str) -> list[sql.Composed]:
    """The statements that take away what PostgreSQL lets everybody do in a new database.

    The owner keeps the right to make large objects: a dump repeats these statements, and PostgreSQL only warns of them
    where who restores it holds the right itself.
    """
    statements: list[sql.Composed] = []
    temporary = """
        SELECT FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type = 'TEMPORARY'
    """
    if _exists(connection, temporary):
        name = sql.Identifier(database)
        statements.append(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
    if _is_superuser(connection):
        makes = "SELECT WHERE has_function_privilege('public', %s::text, 'EXECUTE')"
        for function in LARGE_OBJECTS:
            if _exists(connection, makes, f"pg_catalog.{function}"):
                named = sql.SQL(f"pg_catalog.{function}")  # type: ignore[arg-type]
                statements += [
                    sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(named),
                    sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(named, sql.Identifier(owner)),
                ]
    return statements


def _is_superuser(connection: psycopg.Connection[Any]) -> bool:
    return _exists(connection, "SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _exists(connection: psycopg.Connection[Any], query: str, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None  # type: ignore[arg-type]


def _create_role(name: str, attributes: str, password: Any) -> sql.Composed:
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(str(password))) if password else sql.SQL("")
    return sql.SQL("CREATE ROLE {} " + attributes + "{}").format(sql.Identifier(name), secret)  # type: ignore[arg-type]


def _run(connection: psycopg.Connection[Any], statements: list[sql.Composed], done: list[str]) -> None:
    for position, statement in enumerate(statements):
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            todo = "\n".join(f"  {_readable(s, connection)};" for s in statements[position:])
            raise DatabaseSetupError(
                f"{connection.info.user} may not set up the database ({error.diag.message_primary}). "
                f"An administrator must run, in the database {connection.info.dbname}:\n{todo}"
            ) from error
        done.append(_readable(statement, connection))


def _readable(statement: sql.Composed, connection: psycopg.Connection[Any]) -> str:
    text, secret, _ = statement.as_string(connection).partition(" PASSWORD ")
    return text + (" PASSWORD '…'" if secret else "")
