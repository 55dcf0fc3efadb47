"""Settings are documented, absolute where it matters, and keep secrets to themselves."""

import re
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.findings import said_in
from deploy.settings import Settings, WrongSettings, read_settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SHILU_{name.upper()}", raising=False)


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `(SHILU_\w+)` \| (\S+) \|", PAGE.read_text(), re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def as_written(default: object) -> str:
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "none" if value is None else str(value)


def test_every_setting_stands_in_the_docs_with_its_default() -> None:
    fields = Settings.model_fields.items()
    assert documented() == {f"SHILU_{k.upper()}": as_written(v.default) for k, v in fields}


def test_nothing_but_the_settings_reads_the_environment() -> None:
    packages = ("domain", "projections", "api", "workers", "deploy")
    readers = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)|BaseSettings\b", path.read_text())
    }
    assert readers == {"deploy/settings.py"}


def test_without_variables_the_defaults_hold() -> None:
    settings = read_settings()
    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_a_relative_home_is_fixed_where_the_command_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHILU_HOME", "station")
    settings = read_settings()
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "station"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_DATABASE_URL", "")
    monkeypatch.setenv("SHILU_PORT", "")
    assert read_settings() == Settings()


def test_secrets_show_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_DATABASE_URL", "postgresql://u:hunter2@db/shilu")
    monkeypatch.setenv("SHILU_BROKER", "amqp://u:hunter2@rabbit")
    settings = read_settings()
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


INSIDE = "hunter2"
WRONG = [
    ("DATABASE_URL", f"mysql://u:{INSIDE}@host/shilu", "settings.database_url"),
    ("DATABASE_URL", f"u:{INSIDE}@host/shilu", "settings.database_url"),
    ("BROKER", f"kafka://u:{INSIDE}@host", "settings.broker"),
    ("ALERT_SECRET", INSIDE, "settings.too_short"),
    ("ALERT_WEBHOOK", f"ftp://u:{INSIDE}@host", "settings.web_address"),
    ("TIMESTAMP_URL", f"u:{INSIDE}@host", "settings.web_address"),
    ("HOME", "~nobody-of-this-name/shilu", "settings.nobodys_home"),
    ("WITNESSES", "~nobody-of-this-name/witnesses", "settings.nobodys_home"),
    *(("PORT", number, "settings.number") for number in ("0", "65536", "x", "80.5")),
    *(("API_PROCESSES", number, "settings.number") for number in ("0", "65", "two")),
    ("LOG_LEVEL", "loud", "settings.choice"),
    *(
        ("TRUSTED_PROXIES", proxies, "settings.addresses")
        for proxies in ("proxy", "192.0.2.7,", "*,192.0.2.7", "10.128.77.1/24")
    ),
    ("DATBASE_URL", f"postgresql://u:{INSIDE}@host/shilu", "settings.misspelt"),
    ("WITNESS", "/etc/witnesses", "settings.misspelt"),
    ("LOGLEVEL", "info", "settings.misspelt"),
]


@pytest.mark.parametrize(("name", "value", "code"), WRONG)
def test_what_cannot_be_used_is_named_in_both_languages_and_never_shown(
    name: str, value: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SHILU_{name}", value)
    with pytest.raises(WrongSettings) as refused:
        read_settings()
    (wrong,) = refused.value.wrong
    assert (wrong.code, wrong.details["name"]) == (code, f"SHILU_{name}")
    for language in ("zh", "en"):
        assert f"SHILU_{name}" in said_in(language, "shilu", wrong.code, **wrong.details)
    assert INSIDE not in "".join(traceback.format_exception(refused.value))
    assert value not in map(str, wrong.details.values())


def test_whoever_means_another_setting_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_DATBASE_URL", "postgresql://host/shilu")
    with pytest.raises(WrongSettings) as refused:
        read_settings()
    assert refused.value.wrong[0].details["meant"] == "SHILU_DATABASE_URL"


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (ROOT / "deploy" / "compose.yaml").read_text() + PAGE.read_text().partition("\n## ")[2]
    others = {*re.findall(r"SHILU_[A-Z_]+", texts)} - {*documented()}
    assert {"SHILU_DATABASE_PASSWORD", "SHILU_TEST_DATABASE_URL"} <= others
    for name in (*others, "SHILU_BACKUP_FOLDER"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("SHILU_PORTS", "")
    assert read_settings() == Settings()


def test_proxies_are_trusted_by_addresses_or_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for named in ("10.128.77.0/24", "::1, 192.0.2.7", "*"):
        monkeypatch.setenv("SHILU_TRUSTED_PROXIES", named)
        assert read_settings().trusted_proxies == named.replace(" ", "")


def test_nobody_is_told_of_alerts_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_ALERT_WEBHOOK", "https://example.org/hook")
    with pytest.raises(WrongSettings, match="unsigned name=SHILU_ALERT_SECRET"):
        read_settings()
    monkeypatch.setenv("SHILU_ALERT_SECRET", "sixteen letters!")
    assert read_settings().alert_webhook is not None
