"""The only reader of the environment: everything that differs between machines, in one place."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, get_args

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.journal.installation import InstallationError

LogLevel = Literal["debug", "info", "warning", "error"]

PREFIX = "SHILU_"
SECRET_LENGTH = 16
NUMBERS = {"port": (1, 65535), "api_processes": (1, 64)}
"""What these may be at least and at most."""
LIKENESS = 0.85
"""How like a setting's name a variable is that was meant to be it, of 1. What compose.yaml and
tests read is less like any, and a test holds that."""
_BROKERS = ("amqp://", "amqps://", "redis://", "rediss://")


class SettingError(InstallationError, ValueError):
    """A variable cannot be used. What it says is never told: it may be a secret."""


class WrongSettings(Exception):
    """All that is wrong with the settings at once, so that nobody has to start anew for each."""

    def __init__(self, wrong: list[SettingError]) -> None:
        super().__init__("; ".join(map(str, wrong)))
        self.wrong = wrong


class Settings(BaseSettings):
    """What `SHILU_…` variables may say. docs/settings.md describes each; a test holds that."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    home: Path = Path(".shilu")
    database_url: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = "127.0.0.1,::1"
    api_processes: int = 2
    log_level: LogLevel = "info"
    broker: SecretStr = SecretStr("postgres")
    timestamp_url: SecretStr | None = None
    witnesses: Path | None = None
    alert_webhook: SecretStr | None = None
    alert_secret: Annotated[SecretStr | None, Field(validate_default=True)] = None

    @field_validator("home", "witnesses")
    @classmethod
    def _absolute(cls, place: Path | None, info: ValidationInfo) -> Path | None:
        # Every process must mean the same place, whatever its working directory becomes.
        try:
            return place and place.expanduser().absolute()
        except RuntimeError:
            raise SettingError("settings.nobodys_home", name=_variable(info.field_name)) from None

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        try:
            conninfo_to_dict("" if url is None else url.get_secret_value())
        except ProgrammingError:
            raise SettingError("settings.database_url", name=_variable(info.field_name)) from None
        return url

    @field_validator("port", "api_processes", mode="wrap")
    @classmethod
    def _within(
        cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> int:
        name = info.field_name or ""
        least, most = NUMBERS[name]
        try:
            number: int = read(value)
        except ValidationError:
            number = least - 1
        if not least <= number <= most:
            raise SettingError("settings.number", name=_variable(name), least=least, most=most)
        return number

    @field_validator("trusted_proxies")
    @classmethod
    def _by_address(cls, proxies: str, info: ValidationInfo) -> str:
        # A misspelt address would be trusted nowhere, and nobody told.
        each = [one.strip() for one in proxies.split(",")]
        try:
            for one in each if each != ["*"] else ():
                ip_network(one)
        except ValueError:
            raise SettingError("settings.addresses", name=_variable(info.field_name)) from None
        return ",".join(each)

    @field_validator("log_level", mode="before")
    @classmethod
    def _known_level(cls, level: object, info: ValidationInfo) -> object:
        known, level = get_args(LogLevel), str(level).lower()
        if level not in known:
            name, choices = _variable(info.field_name), ", ".join(known)
            raise SettingError("settings.choice", name=name, choices=choices)
        return level

    @field_validator("broker")
    @classmethod
    def _known_broker(cls, broker: SecretStr, info: ValidationInfo) -> SecretStr:
        where = broker.get_secret_value()
        if where != "postgres" and not where.startswith(_BROKERS):
            name, choices = _variable(info.field_name), ", ".join(_BROKERS)
            raise SettingError("settings.broker", name=name, choices=choices)
        return broker

    @field_validator("timestamp_url", "alert_webhook")
    @classmethod
    def _on_the_web(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("http://", "https://")):
            raise SettingError("settings.web_address", name=_variable(info.field_name))
        return url

    @field_validator("alert_secret")
    @classmethod
    def _signs_alerts(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        name = _variable(info.field_name)
        if secret is None and info.data.get("alert_webhook") is not None:
            webhook = _variable("alert_webhook")
            raise SettingError("settings.unsigned", name=name, webhook=webhook, least=SECRET_LENGTH)
        if secret is not None and len(secret.get_secret_value()) < SECRET_LENGTH:
            raise SettingError("settings.too_short", name=name, least=SECRET_LENGTH)
        return secret


def read_settings() -> Settings:
    """The settings of this process, read once by whoever starts it and handed on from there.

    Raises `WrongSettings`.
    """
    wrong = list(_misspelt())
    try:
        settings = Settings()
    except ValidationError as error:
        wrong += _refused(error)
    if wrong:
        raise WrongSettings(wrong)
    return settings


def _refused(error: ValidationError) -> Iterator[SettingError]:
    for one in error.errors():
        yield one["ctx"]["error"]


def _misspelt() -> Iterator[SettingError]:
    """Find variables that were meant to be settings: a database that is not used, and nobody told.

    Names that are like none are somebody else's, and an empty one counts as not set.
    """
    variables = {name.upper() for name, value in os.environ.items() if value}
    for name in sorted(name.removeprefix(PREFIX) for name in variables if name.startswith(PREFIX)):
        known = [field.upper() for field in Settings.model_fields]
        for meant in get_close_matches(name, known, 1, LIKENESS) if name not in known else ():
            yield SettingError("settings.misspelt", name=_variable(name), meant=_variable(meant))


def _variable(field: str | None) -> str:
    return f"{PREFIX}{field}".upper()


def environment_with(**settings: str) -> dict[str, str]:
    """The environment for a process of ours that is to have other settings than this one."""
    return {**os.environ, **settings}
