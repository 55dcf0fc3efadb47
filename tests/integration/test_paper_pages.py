"""A worker hands in on a page the paper that a file lacks, and a colleague decides about it."""

from __future__ import annotations

import html
import re
from hashlib import sha256
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.pages.handing_in import LIMIT, TOO_MANY_FILES
from domain.evidence_file import TYPE_NOT_TAKEN
from domain.identity import Id, new_id
from domain.policy import FILE_TYPES
from domain.principal import Principal
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.papers import drafted, held

PHOTO = b"\xff\xd8\xff\xe0 a signed sheet"
Files = list[tuple[str, tuple[str, bytes, str]]]


def page(api: Running, reader: TestClient, path: str = "/completeness", **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def photos(*contents: bytes, mime: str = "image/jpeg") -> Files:
    return [("files", ("sheet", content, mime)) for content in contents]


def way(api: Running, reader: TestClient) -> str:
    """Return the address to which the list of missing papers leads for the first of them."""
    found = re.search(r'href="(/papers\?[^"]*)"', page(api, reader))
    assert found is not None
    return found[1]


def fields(shown: str) -> dict[str, str]:
    """Return the hidden fields of the first form with files on a page."""
    form = shown.partition('enctype="multipart')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def send(
    api: Running, reader: TestClient, address: str, files: Files, **typed: Any
) -> httpx.Response:
    shown = page(api, reader, address)
    return reader.post("/papers", data=fields(shown) | typed, files=files, headers=ORIGIN)


def handed_in(api: Running, reader: TestClient, *contents: bytes) -> str:
    """Hand in what a drop-in lacks, and return the address of its paper."""
    answer = send(api, reader, way(api, reader), photos(*(contents or (PHOTO,))))
    assert answer.status_code == 303, answer.text
    api.follow()
    return answer.headers["location"]


def document(address: str) -> Id:
    return address.rpartition("/")[2]


def decide(reader: TestClient, address: str, outcome: str, comments: str = "") -> httpx.Response:
    said = {"key": new_id(), "outcome": outcome, "comments": comments}
    return reader.post(f"{address}/review", data=said, headers=ORIGIN)


def test_the_list_of_missing_papers_leads_to_a_form_and_what_is_handed_in_is_kept(
    api: Running, reader: TestClient
) -> None:
    subject, event = held(api, 0)
    address = way(api, reader)
    shown = page(api, reader, address)
    for said in ("安全检查表", "日间照料", f'href="/records/{event}"', f'accept="{FILE_TYPES[0]}'):
        assert said in shown
    answer = send(api, reader, address, photos(PHOTO, b"page two"))
    assert answer.status_code == 303, answer.text
    api.follow()
    (file,) = api.get("/completeness", ledger=api.station)["files"]
    (form,) = file["forms"]
    assert (form["state"], form["status"], file["kept"]) == ("kept", "submitted", 1)
    assert form["document"] == document(answer.headers["location"])
    stored = {row["sha256"] for row in api.get("/attachments")["items"]}
    assert stored == {sha256(PHOTO).hexdigest(), sha256(b"page two").hexdigest()}
    shown = page(api, reader, answer.headers["location"])
    assert f'href="/api/v1/attachments/{sha256(PHOTO).hexdigest()}"' in shown
    assert ("已提交" in shown, shown.count("照片")) == (True, 2)
    assert "/papers?" not in page(api, reader), "it is missing no more"
    assert reader.get(address).headers["location"] == answer.headers["location"]
    assert f'href="{answer.headers["location"]}"' in page(api, reader, f"/files/{subject}")


def test_sent_twice_it_is_handed_in_once_and_a_file_is_stored_once(
    api: Running, reader: TestClient
) -> None:
    held(api, 0)
    sent = fields(page(api, reader, way(api, reader)))
    twice = [reader.post("/papers", data=sent, files=photos(PHOTO), headers=ORIGIN) for _ in "ab"]
    assert [answer.status_code for answer in twice] == [303, 303]
    assert twice[0].headers["location"] == twice[1].headers["location"]
    api.follow()
    assert len(api.get("/attachments")["items"]) == len(api.get("/documents")["items"]) == 1


def test_what_is_refused_names_its_field_and_hands_nothing_in(
    api: Running, reader: TestClient
) -> None:
    held(api, 0)
    address = way(api, reader)
    none = send(api, reader, address, [("files", ("", b"", "application/octet-stream"))])
    assert (none.status_code, "照片或扫描件：" in html.unescape(none.text)) == (422, True)
    foreign = send(api, reader, address, photos(PHOTO, mime="application/x-msdownload"))
    refused = TYPE_NOT_TAKEN("mime", mime="application/x-msdownload", policy=0).text("zh")
    assert (foreign.status_code, refused in html.unescape(foreign.text)) == (422, True)
    keyless = reader.post("/papers", data={"key": "x"}, files=photos(PHOTO), headers=ORIGIN)
    assert keyless.status_code == 422
    many = send(api, reader, address, photos(*(b"%d" % number for number in range(30))))
    assert TOO_MANY_FILES.code == "page.too_many_files"
    assert (many.status_code, "最多 10 个文件" in html.unescape(many.text)) == (422, True)
    huge = reader.post("/papers", files=photos(bytes(LIMIT)), headers=ORIGIN)
    assert huge.status_code == 413
    api.follow()
    assert api.get("/documents")["items"] == api.get("/attachments")["items"] == []
    assert reader.get(address.replace("form=sheet", "form=none")).status_code == 404
    assert reader.get(f"/papers/{new_id()}").status_code == 404


def test_a_returned_paper_is_handed_in_again_with_what_was_asked_for(
    api: Running, reader: TestClient
) -> None:
    held(api, 0)
    address = handed_in(api, reader, PHOTO, b"blurred")
    silent = decide(reader, address, "returned")
    assert (silent.status_code, "审核意见：" in html.unescape(silent.text)) == (422, True)
    assert decide(reader, address, "returned", "第二页看不清，请重拍").status_code == 303
    shown = page(api, reader, address)
    assert ("第二页看不清" in shown, "退回修改" in shown) == (True, True)
    kept = re.findall(r'name="kept" value="([^"]*)"', shown)
    again = send(api, reader, address, photos(b"sharp"), kept=kept[:1])
    assert again.headers["location"] == address
    assert decide(reader, address, "approved").status_code == 303
    shown = page(api, reader, address)
    assert ("已审核" in shown, 'name="outcome"' in shown, 'type="file"' in shown) == (
        True, False, False,
    )  # fmt: skip
    (row,) = api.get("/documents")["items"]
    assert (row["status"], row["revision"], row["attachments"]) == ("approved", 2, 2)
    late = decide(reader, address, "returned", "再改改")
    assert late.status_code == 409, "what was approved is not returned"


def test_a_paper_that_was_begun_over_http_is_handed_in_on_its_page(
    api: Running, reader: TestClient
) -> None:
    paper = drafted(api)
    address = way(api, reader)
    api.follow()
    assert reader.get(address, follow_redirects=False).headers["location"] == f"/papers/{paper}"
    assert send(api, reader, f"/papers/{paper}", photos(PHOTO)).status_code == 303
    api.follow()
    (row,) = api.get("/documents")["items"]
    assert (row["document"], row["status"], row["attachments"]) == (paper, "submitted", 1)


def test_an_evaluator_is_offered_no_form(api: Running, reader: TestClient) -> None:
    held(api, 0)
    missing = way(api, reader)
    address = handed_in(api, reader)
    evaluator = Principal(
        actor=new_id(), role="evaluator", operator=api.operator, ledger=api.station,
        evaluation=new_id(),
    )  # fmt: skip
    with browser(api) as other:
        sign_in(other, token(api, evaluator))
        assert "/papers?" not in page(api, other, "/completeness", ledger=api.station)
        assert 'name="outcome"' not in page(api, other, address)
        refused = other.post("/papers", data={"key": new_id()}, files=photos(PHOTO), headers=ORIGIN)
        assert refused.status_code in (403, 422)
        assert decide(other, address, "approved").status_code == 403
    assert missing


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_signed_out_hands_anything_in(api: Running, lang: str) -> None:
    with browser(api) as stranger:
        sent = {"key": new_id(), "lang": lang}
        answer = stranger.post("/papers", data=sent, files=photos(PHOTO), headers=ORIGIN)
        assert answer.headers["location"].startswith("/signin")
