"""Settings are documented, absolute where it matters, and keep secrets to themselves."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from deploy.settings import Settings, read_settings, wrong_settings

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


def test_a_refused_secret_does_not_show_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_BROKER", "kafka://u:hunter2@host")
    with pytest.raises(ValidationError, match="amqp://") as refused:
        read_settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [("PORT", "0"), ("PORT", "x"), ("LOG_LEVEL", "loud")])
def test_nonsense_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SHILU_{name}", value)
    with pytest.raises(ValidationError):
        read_settings()


def test_proxies_are_trusted_by_addresses_or_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for named in ("10.128.77.0/24", "::1, 192.0.2.7", "*"):
        monkeypatch.setenv("SHILU_TRUSTED_PROXIES", named)
        assert read_settings().trusted_proxies == named.replace(" ", "")
    for nonsense in ("proxy", "192.0.2.7,", "*,192.0.2.7", "10.128.77.1/24"):
        monkeypatch.setenv("SHILU_TRUSTED_PROXIES", nonsense)
        with pytest.raises(ValidationError, match="trusted_proxies"):
            read_settings()


def test_nobody_is_told_of_alerts_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHILU_ALERT_WEBHOOK", "https://example.org/hook")
    for secret in ("", "too short"):
        monkeypatch.setenv("SHILU_ALERT_SECRET", secret)
        with pytest.raises(ValidationError) as refused:
            read_settings()
        said = wrong_settings(refused.value)
        assert said.startswith("SHILU_ALERT_SECRET: ")
        assert "too short" not in said
    monkeypatch.setenv("SHILU_ALERT_SECRET", "sixteen letters!")
    assert read_settings().alert_webhook is not None
    monkeypatch.setenv("SHILU_ALERT_WEBHOOK", "ftp://example.org")
    with pytest.raises(ValidationError, match="http://"):
        read_settings()
