"""``compose.yaml`` and the ``Dockerfile`` know the settings and packages that the program and its scripts know."""

import re
from pathlib import Path

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
