"""What the program needs around it, asked one by one: for ``/readyz`` (quick) and ``manage.py doctor`` (all)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.core.cache import cache, caches
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from .checks import TAG
from .triggers import all_guards, not_whole

LEAST_FREE = 500 * 1024 * 1024  # bytes: one import and its copies fit
LEAST_REDIS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``advice`` is what to do when it is not well."""

    name: str
    is_well: bool
    says: str
    advice: str = ""


def database() -> Finding:
    """The database answers, and no migration is waiting."""
    name, vendor = "database", connection.vendor
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as problem:
        return Finding(
            name, False, f"{vendor}: {str(problem).strip()}", "Is it running, and DATABASE_URL right?"
        )
    if waiting:
        return Finding(
            name, False, f"{vendor}, {len(waiting)} migrations not applied", "python manage.py migrate"
        )
    return Finding(name, True, f"{vendor}, all migrations applied")


def broker() -> Finding:
    """Redis answers, when one is named."""
    if not settings.REDIS_URL:
        return Finding("broker", True, "none named: manage.py serve starts a private one")
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as server:
            version = server.info("server")["redis_version"]
    except (redis.RedisError, OSError) as problem:
        return Finding("broker", False, str(problem), "Is it running, and REDIS_URL right?")
    if int(version.split(".")[0]) < LEAST_REDIS:
        return Finding("broker", False, f"Redis {version}", f"Redis {LEAST_REDIS} or newer, or Valkey")
    return Finding("broker", True, f"Redis protocol, version {version}")


def not_ready() -> list[str]:
    """The names of what a page would miss just now; empty when it can be served."""
    return [finding.name for finding in (database(), broker()) if not finding.is_well]


# -- more, for the doctor ---------------------------------------------------------------------------


def python() -> Finding:
    """The language is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, "Python 3.11 or newer")


def packages() -> Finding:
    """What is installed is what requirements.txt locks."""
    other = []
    for line in (settings.BASE_DIR / "requirements.txt").read_text().splitlines():
        if "==" not in line or line.startswith((" ", "#")):
            continue
        requirement, _, marker = line.rstrip("\\ ").partition(";")
        name, _, version = requirement.strip().partition("==")
        try:
            found = metadata.version(name.split("[")[0])
        except metadata.PackageNotFoundError:
            if not marker:
                other.append(f"{name} is missing")
            continue
        if found != version.strip():
            other.append(f"{name} {found} instead of {version.strip()}")
    advice = "python -m pip install --require-hashes -r requirements.txt"
    return Finding("packages", not other, ", ".join(other) or "as locked", advice)


def environment() -> Finding:
    """The system checks of the settings."""
    found = run_checks(tags=[TAG])
    says = "; ".join(f"{message.msg} {message.hint}" for message in found) or "usable"
    return Finding("settings", not any(message.is_serious() for message in found), says, "docs/operations.md")


def worker() -> Finding:
    """A worker answers on the broker."""
    if not settings.REDIS_URL:
        return Finding("worker", True, "runs with manage.py serve")
    from celery import current_app
    from kombu.exceptions import OperationalError

    try:
        answers = current_app.control.inspect(timeout=2).ping() or {}
    except (OperationalError, OSError) as problem:
        answers, says = {}, str(problem)
    else:
        says = ", ".join(sorted(answers)) or "none answers"
    return Finding("worker", bool(answers), says, "celery -A keyaccounts worker")


def guards() -> Finding:
    """Every trigger is there that keeps the trail, the ledger, the store and the facts as they were written."""
    try:
        broken = not_whole(connection)
    except DatabaseError:
        return Finding("guards", False, "the database does not answer")
    tables = len({guard.table for guard in all_guards()})
    says = f"lost or replaced: {', '.join(broken)}" if broken else f"{tables} tables guarded"
    return Finding("guards", not broken, says, "python manage.py restore_guards")


def folders() -> Iterator[Finding]:
    """Where the program writes: it may, and there is room."""
    for name, folder in (("VAR_DIR", settings.VAR_DIR), ("MEDIA_ROOT", settings.MEDIA_ROOT)):
        try:
            with tempfile.TemporaryFile(dir=folder):
                free = shutil.disk_usage(folder).free
        except OSError as problem:
            yield Finding(name, False, f"{folder}: {problem.strerror}", "Let this user write there.")
        else:
            says = f"{folder}, {free // 2**20:,} MB free"
            yield Finding(name, free >= LEAST_FREE, says, f"At least {LEAST_FREE // 2**20} MB")


def cache_works() -> Finding:
    """What is put into the cache comes out of it."""
    try:
        cache.set("doctor", "well", 10)
        is_well, says = cache.get("doctor") == "well", type(caches["default"]).__name__
    except Exception as problem:  # whatever the backend raises is the finding
        is_well, says = False, str(problem)
    return Finding("cache", is_well, says, "REDIS_URL")


def texts() -> Finding:
    """The Chinese texts are compiled, and not older than their source."""
    compiled = Path(settings.LOCALE_PATHS[0]) / "zh_Hans/LC_MESSAGES/django.mo"
    source = compiled.with_suffix(".po")
    if not compiled.exists():
        return Finding("texts", False, "not compiled", f"msgfmt -o {compiled} {source}")
    if compiled.stat().st_mtime < source.stat().st_mtime:
        return Finding("texts", False, "older than their source", f"msgfmt -o {compiled} {source}")
    return Finding("texts", True, "compiled")


def static_files() -> Finding:
    """Hashed and compressed files are there for the web server."""
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    is_well = settings.DEBUG or manifest.exists()
    return Finding(
        "static files", is_well, "collected" if is_well else "missing", "python manage.py collectstatic"
    )


def paper() -> Finding:
    """The libraries and fonts that PDFs are set with."""
    from .pdf import html_to_pdf

    try:
        html_to_pdf("<p lang='zh-CN'>大客户拜访报告</p>")
    except OSError as problem:  # Pango's libraries, or a font file
        says = str(problem).splitlines()[0]
        return Finding("PDF", False, says, "apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    return Finding("PDF", True, "a page was set")


def findings() -> Iterator[Finding]:
    """Everything, in the order in which one thing needs another."""
    looks: tuple[Callable[[], Finding], ...] = (
        python,
        packages,
        environment,
        database,
        broker,
        cache_works,
        worker,
        guards,
    )
    for look in looks:
        yield look()
    yield from folders()
    for look in (texts, static_files, paper):
        yield look()
