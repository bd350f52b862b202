"""``compose.yaml`` and the ``Dockerfile`` know the settings and packages that the program and its scripts know."""

import os
import re
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def words(file: str) -> set[str]:
    return set((ROOT / file).read_text(encoding="utf-8").split())


def test_every_setting_handed_to_a_container_is_one_of_the_program():
    handed = set(re.findall(r"^ {4}([A-Z_]+):", COMPOSE, flags=re.MULTILINE))
    known = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/operations.md").read_text(encoding="utf-8")))

    assert {"SECRET_KEY", "ALLOWED_HOSTS", "BEHIND_HTTPS", "DATABASE_URL", "REDIS_URL"} <= handed
    assert handed - known == set()
    assert {
        name for name, asked in re.findall(r"([A-Z_]+): \$\{([A-Z_]+):", COMPOSE) if name != asked
    } == set()


def test_the_image_has_the_packages_of_script_run():
    line = next(line for line in (ROOT / "script/run").read_text().splitlines() if line.startswith("set --"))
    packages = set(line.split()[3:]) - {"python3-venv"}

    assert packages <= set(DOCKERFILE.split())
    assert "postgresql-client" in DOCKERFILE.split()


def test_no_secret_and_nothing_local_goes_into_the_image():
    assert {".env", ".git", ".venv", "var"} <= words(".dockerignore")


def test_what_containers_keep_lies_in_folders_their_user_owns():
    mounted = re.findall(r'"(?:media|backups):([^"]+)"', COMPOSE)
    owned = re.search(r"install -d -o crm -g crm (.+)", DOCKERFILE)

    assert mounted == ["/data/media", "/data/backups"]
    assert owned
    assert {*mounted, "/data"} == set(owned[1].split())
    assert "ENV VAR_DIR=/data" in DOCKERFILE


@pytest.fixture
def web():
    """A web process that serves one host and answers what ``answers`` says."""

    class Answers(BaseHTTPRequestHandler):
        answers = 200

        def do_GET(self):
            is_known = self.headers["Host"] == "crm.example.cn" and self.path == "/readyz"
            self.send_response(type(self).answers if is_known else 400)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ready(port: int, hosts: str) -> int:
    environment = {**os.environ, "PORT": str(port), "ALLOWED_HOSTS": hosts}
    return subprocess.run(
        [ROOT / "script/ready"], env=environment, capture_output=True, check=False
    ).returncode


def test_a_web_container_is_healthy_while_it_answers_as_its_first_host(web):
    assert 'test: ["CMD", "script/ready"]' in COMPOSE
    assert ready(web.server_port, "crm.example.cn,other.example.cn") == 0
    assert ready(web.server_port, "elsewhere.example.cn") == 1

    web.RequestHandlerClass.answers = 503

    assert ready(web.server_port, "crm.example.cn") == 1


def test_a_web_container_that_does_not_listen_is_not_healthy(web):
    port = web.server_port
    web.shutdown()
    web.server_close()

    assert ready(port, "crm.example.cn") == 1
