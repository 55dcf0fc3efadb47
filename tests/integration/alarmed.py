"""Alerts that were raised, over HTTP, and workers who do what was asked for."""

from __future__ import annotations

from datetime import timedelta

from deploy.workroom import workshop_of
from domain.alert import Concern, Threshold, raise_alert
from domain.clock import SystemClock
from domain.entry import Scope
from domain.identity import Id, new_id
from tests.integration.http import Running
from workers.catalogue import DUTIES
from workers.running import Runner


def raised(api: Running, due_in: int = -1, station: Id | None = None) -> Id:
    today = SystemClock().now().date()
    concern = Concern(
        rule="AL-01",
        rule_version=0,
        subject_type="case",
        subject=new_id(),
        episode=new_id(),
        since=today - timedelta(days=8),
        due=today + timedelta(days=due_in),
        thresholds=(Threshold(name="days", value=7),),
        worker=api.worker,
        roles=("supervisor",),
        staff=(api.worker,),
    )
    scope = Scope(operator=api.operator, station=station or api.station)
    shop = workshop_of(api.built)
    return shop.carry_out(api.operator, lambda desk, e: raise_alert(desk, e, scope, concern)).stream


def work(api: Running) -> None:
    """Do what was asked for, as the processes would."""
    api.follow()
    shop = workshop_of(api.built)
    named, runner = {duty.name: duty for duty in DUTIES}, Runner(shop)
    for task in shop.register.take_unsent():
        runner.run(named[task.duty], task.task)
