"""The only reader of the environment: everything that differs between machines, in one place."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LogLevel = Literal["debug", "info", "warning", "error"]

SECRET_LENGTH = 16
_BROKERS = ("amqp://", "amqps://", "redis://", "rediss://")


class Settings(BaseSettings):
    """What `SHILU_…` variables may say. docs/settings.md describes each; a test holds that."""

    model_config = SettingsConfigDict(
        env_prefix="SHILU_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    home: Path = Path(".shilu")
    database_url: SecretStr | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    trusted_proxies: str = "127.0.0.1,::1"
    api_processes: Annotated[int, Field(ge=1, le=64)] = 2
    log_level: LogLevel = "info"
    broker: SecretStr = SecretStr("postgres")
    timestamp_url: SecretStr | None = None
    witnesses: Path | None = None
    alert_webhook: SecretStr | None = None
    alert_secret: Annotated[SecretStr | None, Field(validate_default=True)] = None

    @field_validator("home", "witnesses")
    @classmethod
    def _absolute(cls, place: Path | None) -> Path | None:
        # Every process must mean the same place, whatever its working directory becomes.
        return place and place.expanduser().absolute()

    @field_validator("trusted_proxies")
    @classmethod
    def _by_address(cls, proxies: str) -> str:
        # A misspelt address would be trusted nowhere, and nobody told.
        each = [one.strip() for one in proxies.split(",")]
        if each != ["*"]:
            for one in each:
                ip_network(one)
        return ",".join(each)

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("broker")
    @classmethod
    def _known_broker(cls, broker: SecretStr) -> SecretStr:
        where = broker.get_secret_value()
        if where != "postgres" and not where.startswith(_BROKERS):
            raise ValueError(f"must be 'postgres' or begin with one of {', '.join(_BROKERS)}")
        return broker

    @field_validator("timestamp_url", "alert_webhook")
    @classmethod
    def _on_the_web(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url

    @field_validator("alert_secret")
    @classmethod
    def _signs_alerts(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and info.data.get("alert_webhook") is not None:
            raise ValueError(
                "must be set where SHILU_ALERT_WEBHOOK is, which is told nothing unsigned"
            )
        if secret is not None and len(secret.get_secret_value()) < SECRET_LENGTH:
            raise ValueError(f"must have at least {SECRET_LENGTH} characters")
        return secret


def read_settings() -> Settings:
    """The settings of this process, read once by whoever starts it and handed on from there."""
    return Settings()


def wrong_settings(error: ValidationError) -> str:
    """Say which variables cannot be used, and why; never what they say, which may be a secret."""
    prefix = Settings.model_config["env_prefix"]
    wrong = ((f"{prefix}{one['loc'][0]}".upper(), one["msg"]) for one in error.errors())
    return "; ".join(f"{name}: {why}" for name, why in wrong)


def environment_with(**settings: str) -> dict[str, str]:
    """The environment for a process of ours that is to have other settings than this one."""
    return {**os.environ, **settings}
