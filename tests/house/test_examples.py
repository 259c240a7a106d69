"""The example files of the operator's guide name settings, commands and options that exist, and are read by their programs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bihuan.console.main import parser
from tests.house import source

FOLDER = source.ROOT / "docs" / "examples"
SETTINGS = (source.PACKAGE / "config" / "environment.py", source.PACKAGE / "config" / "settings.py")
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))


def known() -> set[str]:
    """Every setting that the program reads."""
    return set(re.findall(r'"(BIHUAN_[A-Z_]+)"', "".join(path.read_text("utf-8") for path in SETTINGS)))


def unknown(text: str) -> set[str]:
    return set(re.findall(r"^#? ?(BIHUAN_[A-Z_]+)=", text, re.MULTILINE)) - known()


def commands(text: str) -> list[list[str]]:
    """The product's commands in a unit, as words."""
    lines = re.findall(r"^ExecStart(?:Pre)?=(.*)$", text, re.MULTILINE)
    found = [shlex.split(line) for line in lines if line.startswith("/opt/bihuan/bin/bihuan ")]
    return [words[1:] for words in found]


def test_every_setting_exists() -> None:
    text = (FOLDER / "bihuan.env").read_text("utf-8")
    assert "BIHUAN_HOSTS" in text
    assert unknown(text) == set()
    assert unknown("BIHUAN_HOST=x") == {"BIHUAN_HOST"}, "the control"


def test_every_command_is_one() -> None:
    asked = [words for unit in UNITS for words in commands(unit.read_text("utf-8"))]
    assert [words[0] for words in asked] == ["backup", "init", "serve"]
    for words in asked:
        parser().parse_args(words)
    with pytest.raises(SystemExit):
        parser().parse_args(["serve", "--wrokers", "2"])


def test_the_environment_file_is_read_by_units_and_paths_may_be_written() -> None:
    """What the settings point at, the service may write."""
    environ = (FOLDER / "bihuan.env").read_text("utf-8")
    service = (FOLDER / "bihuan.service").read_text("utf-8")
    assert "EnvironmentFile=/etc/bihuan/bihuan.env" in service
    allowed = re.search(r"^ReadWritePaths=(.*)$", service, re.MULTILINE)
    assert allowed
    for folder in re.findall(r"^BIHUAN_(?:DATA|FILES|KEYS|ANCHORS)=(.*)$", environ, re.MULTILINE):
        assert any(Path(folder).is_relative_to(one) for one in allowed[1].split()), folder


def test_one_proxy_in_front_is_what_the_settings_say() -> None:
    assert "BIHUAN_PROXIES=1\n" in (FOLDER / "bihuan.env").read_text("utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in (FOLDER / "bihuan_proxy.conf").read_text("utf-8")


# -- nginx ---------------------------------------------------------------------------------------------------------------

DIRECTIVES = frozenset(
    [
        "access_log",
        "add_header",
        "client_body_temp_path",
        "client_body_timeout",
        "client_max_body_size",
        "default_type",
        "error_log",
        "error_page",
        "include",
        "keepalive",
        "limit_req",
        "limit_req_status",
        "limit_req_zone",
        "listen",
        "location",
        "log_format",
        "proxy_connect_timeout",
        "proxy_http_version",
        "proxy_next_upstream",
        "proxy_pass",
        "proxy_read_timeout",
        "proxy_set_header",
        "return",
        "server",
        "server_name",
        "server_tokens",
        "ssl_certificate",
        "ssl_certificate_key",
        "ssl_ciphers",
        "ssl_protocols",
        "ssl_session_cache",
        "ssl_session_tickets",
        "upstream",
    ]
)
"""What nginx 1.22, the one of Debian 12, knows of what the example uses: tried with ``nginx -t`` of that version."""
TELLS = ("$request ", "$request_uri", "$args", "$query_string", "$http_referer", "$http_cookie", '$request"', "combined", "main")
"""What would put tracking codes and searched words into a log."""


def nginx() -> str:
    return "".join((FOLDER / name).read_text("utf-8") for name in ("nginx.conf", "bihuan_proxy.conf"))


def unknown_directives(text: str) -> set[str]:
    bare = re.sub(r"#[^\n]*|'[^']*'|\"[^\"]*\"", "", text)
    return {words.split()[0] for words in re.split(r"[;{}]", bare) if words.split()} - DIRECTIVES


def telling(text: str) -> list[str]:
    """Lines about logs by which an address could be written down whole; servers without a word on their logs."""
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith("#")]
    logs = [line for line in lines if line.startswith(("log_format", "access_log"))]
    found = [line for line in logs if any(one in f"{line} " for one in TELLS)]
    found += [line for line in lines if line.startswith("error_log") and " crit;" not in line]
    servers = re.split(r"^server \{", text, flags=re.MULTILINE)[1:]
    return found + ["a server's logs" for one in servers if "access_log" not in one or "error_log" not in one]


def test_nginx_of_the_guides_system_knows_every_directive() -> None:
    assert unknown_directives(nginx()) == set()
    assert unknown_directives("server { http2 on; ssl_protocols x; }") == {"http2"}, "the control: of nginx 1.25"


def test_no_log_of_the_proxy_holds_a_tracking_code() -> None:
    text = nginx()
    assert telling(text) == []
    where = text.index("location /t/ {")
    assert "access_log off;" in text[where : text.index("}", where)]
    usual = text.replace("bihuan.log bihuan;", "bihuan.log combined;").replace("-error.log crit;", "-error.log;", 1)
    assert len(telling(usual)) == 2, "the control"
    assert telling("server {\n listen 80;\n}") == ["a server's logs"]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_takes_it(tmp_path: Path) -> None:
    """As the guide puts it in place, with folders and a certificate of the test's own."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sqfk.example.org")])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(who, who, key.public_key(), 1, began, began + timedelta(days=9999)).sign(key, hashes.SHA256())
    (tmp_path / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *clear))
    for name in ("nginx.conf", "bihuan_proxy.conf"):
        text = (FOLDER / name).read_text("utf-8")
        for folder in ("/etc/ssl/bihuan", "/etc/nginx", "/var/log/nginx", "/var/lib/nginx"):
            text = text.replace(folder, str(tmp_path))
        (tmp_path / name).write_text(text, "utf-8")

    def tried(inside: str) -> str:
        kept = "".join(f"{one}_temp_path {tmp_path};\n" for one in ("proxy", "fastcgi", "uwsgi", "scgi", "client_body"))
        frame = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\n{kept}{inside}\n}}\n"
        (tmp_path / "frame.conf").write_text(frame, "utf-8")
        command = [str(shutil.which("nginx")), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "frame.conf")]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "test is successful" in tried(f"include {tmp_path}/nginx.conf;")
    assert "unknown directive" in tried(f"include {tmp_path}/nginx.conf; htttp2 on;"), "the control"


# -- systemd -------------------------------------------------------------------------------------------------------------


def verified(folder: Path, change: tuple[str, str] = ("", "")) -> str:
    """What systemd says of the units, of which one line was changed; nothing is what it should say."""
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/bihuan/bin/bihuan", "/bin/true").replace(*change)
        (folder / unit.name).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", *map(str, sorted(folder.glob("bihuan*")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "".join(line for line in done.stderr.splitlines(keepends=True) if "bihuan" in line)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    assert verified(tmp_path) == ""
    assert "Restrat" in verified(tmp_path, ("Restart=", "Restrat=")), "the control"
    assert "calendar" in verified(tmp_path, ("*-*-* 02:30:00", "every night")), "the control of the timer"


def words_while_away(text: str) -> str:
    """What nginx itself says when the service does not answer; "" where it shows its own page."""
    named = re.search(r"error_page 502 504 =503 (@\w+);", text)
    body = named and re.search(rf"location {named[1]} \{{.*?return 503 '([^']*)';", text, re.DOTALL)
    return body[1] if body else ""


def test_who_meets_a_restart_is_told_in_chinese() -> None:
    assert "填好的内容还在" in words_while_away(nginx())
    assert words_while_away(nginx().replace("502 504", "500")) == "", "the control"


# -- the command line ----------------------------------------------------------------------------------------------------

GUIDE = source.ROOT / "docs" / "guide"


def asked_in(text: str) -> list[list[str]]:
    """The product's commands in the indented lines of a guide, as words: without remarks, and each of those joined by &&."""
    lines = [line.split(" #")[0].strip() for line in text.splitlines() if line.startswith("    ")]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("bihuan ")]


def is_command(words: list[str]) -> bool:
    try:
        parser().parse_args(words)
    except SystemExit as ended:
        return ended.code == 0
    return True


@pytest.mark.parametrize("page", ["operate.md", "import.md"])
def test_every_command_of_the_guide_is_one(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = asked_in((GUIDE / page).read_text("utf-8"))
    assert asked
    assert [words for words in asked if not is_command(words)] == []
    capsys.readouterr()
    wrong = asked_in("    bihuan doctor && bihuan backup --ot /mnt # no such option")
    assert [is_command(words) for words in wrong] == [True, False], "the control"


def test_the_command_runs_as_the_service_with_its_settings(tmp_path: Path) -> None:
    """``bihuan.sh``, with a ``runuser`` that says what it was given."""
    text = (FOLDER / "bihuan.sh").read_text("utf-8")
    service = (FOLDER / "bihuan.service").read_text("utf-8")
    (settings,) = re.findall(r"^EnvironmentFile=(.*)$", service, re.MULTILINE)
    (user,) = re.findall(r"^User=(.*)$", service, re.MULTILINE)
    assert f"\n. {settings}\n" in text
    (tmp_path / "bihuan.env").write_text("BIHUAN_HOSTS=one.example\n", "utf-8")
    stand_in = tmp_path / "runuser"
    stand_in.write_text('#!/bin/sh\necho "$BIHUAN_HOSTS" "$@"\n', "utf-8")
    stand_in.chmod(0o755)

    def run(script: str) -> str:
        script = script.replace(settings, str(tmp_path / "bihuan.env"))
        environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        command = ["/bin/sh", "-c", script, "bihuan", "import", "a b.csv"]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout.strip()

    assert run(text) == f"one.example -u {user} -- /opt/bihuan/bin/bihuan import a b.csv"
    assert not run(text.replace("set -a", "set +a")).startswith("one.example"), "the control: the settings do not get through"
