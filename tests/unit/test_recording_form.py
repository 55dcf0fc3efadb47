"""What the forms for new records ask is what their commands take, and what the facts keep."""

from __future__ import annotations

from datetime import datetime

import pytest

from api.pages.language import words
from api.pages.recording_form import KINDS, OTHERS, RecordingForm
from domain.clock import SHANGHAI

NOW = datetime(2018, 11, 14, 10, 5, tzinfo=SHANGHAI)


@pytest.mark.parametrize("name", KINDS)
def test_every_field_is_one_that_the_command_takes_and_has_a_name(name: str) -> None:
    form = RecordingForm({}, NOW, name)
    asked = [field for field in form.all if field is not OTHERS]
    taken = {field.name.partition(".")[0] for field in asked}
    assert taken <= set(KINDS[name].sent.model_fields)
    assert [field.label for field in form.all if f"field.{field.label}" not in words()] == []
    assert len({field.name for field in form.all}) == len(form.all)


def test_a_form_begins_with_the_minute_at_which_it_was_asked_for() -> None:
    start = RecordingForm({}, NOW, "home_visit").happened[0]
    assert RecordingForm({}, NOW, "home_visit").said(start) == ("2018-11-14T10:05",)
    typed = {start.name: ("2018-11-13T09:00",)}
    assert RecordingForm(typed, NOW, "home_visit").said(start) == ("2018-11-13T09:00",)
