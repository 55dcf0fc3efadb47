"""Activities, donations, needs, documents and files as a program meets them over HTTP."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from domain.identity import new_id
from domain.journal.codec import decode
from domain.policy import MOST_BYTES
from domain.principal import Principal
from domain.reading import FileOpened
from tests.integration.days import today_here
from tests.integration.giving import JPEG, gift, planned, upload
from tests.integration.http import Running

REASON = {"code": "entry_error", "text": "录入时看错了"}


def test_an_activity_is_planned_approved_held_corrected_and_read(api: Running) -> None:
    activity = planned(api)
    path = f"/activities/{activity}"
    held = {"kind": "integration", "title": "融合活动", "attendance": [{"count": 20}]}
    early = api.post(f"{path}/holding", held)
    assert (early.status_code, early.json()["code"]) == (409, "activity.plan_not_approved")
    api.done(f"{path}/reviews", {"outcome": "returned", "comments": "补预算"})
    again = {
        "title": "融合活动",
        "kind": "integration",
        "aims": ["融入社区"],
        "planned_on": today_here().isoformat(),
        "audience": "disabled",
        "budget": 100_000,
        "sections": [{"heading": "budget", "text": "茶歇1000元"}],
    }
    api.done(f"{path}/plans", again)
    api.done(f"{path}/reviews", {"outcome": "approved"})
    api.done(f"{path}/announcements", {"channels": ["公告栏"]})
    made = api.done(f"{path}/holding", held | {"zones": [{"name": "义诊", "count": 9}]})
    api.done(f"{path}/feedback", {"responses": 9, "satisfied": 8, "words": "下次还来"})
    api.done(f"{path}/reports", {"title": "新闻稿", "published_in": "公众号"})
    known = api.get(path)
    assert (known["plan"]["budget"], known["plan"]["held"]) == (100_000, 1)
    assert [row["person_times"] for row in known["held"]] == [20]
    assert [row["name"] for row in known["zones"]] == ["义诊"]
    correction = {"facts": {"attendance": [{"count": 18}], "zones": []}, "reason": REASON}
    api.done(f"/records/{made['events'][0]}/corrections", correction)
    (row,) = api.get("/activities", kind="integration")["items"]
    assert (row["person_times"], row["audience"], row["late_approval"]) == (18, "disabled", False)
    assert api.get(path)["zones"] == []
    assert [row["activity"] for row in api.get("/activity-plans")["items"]] == [activity]


def test_an_outing_is_signed_up_for_and_an_activity_put_off(api: Running) -> None:
    outing = planned(api, kind="outing")
    api.done(f"/activities/{outing}/reviews", {"outcome": "approved"})
    body = {"kind": "outing", "title": "外出", "attendance": [{"count": 2}]}
    refused = api.post(f"/activities/{outing}/holding", body).json()
    assert (refused["code"], refused["details"]) == ("activity.unregistered", {"missing": 2})
    api.done(f"/activities/{outing}/registrations", {"count": 2, "name": "张三、李四"})
    api.done(f"/activities/{outing}/safety-agreements", {"count": 2})
    api.done(f"/activities/{outing}/holding", body)
    other = planned(api)
    later = today_here(7).isoformat()
    api.done(f"/activities/{other}/postponements", {"planned_on": later, "reason": "暴雨"})
    api.done(f"/activities/{other}/cancellation", {"reason": "暴雨"})
    (plan,) = api.get("/activity-plans", **{"from": later})["items"]
    assert (plan["activity"], plan["cancelled"]) == (other, True)
    none = api.client.get(f"/api/v1/activities/{new_id()}")
    assert (none.status_code, none.json()["code"]) == (404, "not_found")


def test_a_meeting_takes_the_role_of_its_kind_and_never_a_client(api: Running) -> None:
    body = {
        "station": api.station,
        "kind": "joint_meeting",
        "title": "三方联席会议",
        "attendance": [{"count": 5}, {"count": 3, "role": "worker"}],
    }
    api.done("/held-activities", body)
    (row,) = api.get("/activities")["items"]
    assert (row["person_times"], row["partners"], row["staff"]) == (0, 5, 3)
    wrong = api.post("/held-activities", body | {"attendance": [{"count": 5, "role": "client"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "attendance.0.role")
    kinds = {kind["code"]: kind for kind in api.get("/activity-kinds")}
    assert kinds["supervision"]["roles"] == ["supervisee", "worker"]


def test_a_donation_is_pledged_received_receipted_counted_and_returned(api: Running) -> None:
    pledge = {"station": api.station, "kind": "goods", "value": 50_000, "donor_name": "王秀兰"}
    donation = api.done("/donations", pledge)["stream"]
    goods = [{"name": "棉被", "quantity": 10, "unit": "床", "value": 50_000}]
    missing = api.post(f"/donations/{donation}/arrivals", {"goods": goods}).json()
    assert (missing["code"], missing["field"]) == ("donation.no_valuation_basis", "valuation")
    api.done(f"/donations/{donation}/arrivals", {"goods": goods, "valuation": "market"})
    receipt = {"number": "001", "issuer": "市慈善会", "form": "statutory"}
    api.done(f"/donations/{donation}/receipts", receipt)
    again = api.post(f"/donations/{donation}/receipt-waivers", {"reason": "waived"})
    assert again.json()["code"] == "donation.receipt_settled"
    (row,) = api.get("/donations")["items"]
    assert (row["received"], row["receipt_number"], row["organisation"]) == (50_000, "001", None)
    (lot,) = api.get("/stock", donation=donation)["items"]
    assert (lot["name"], lot["on_hand"]) == ("棉被", 10)
    item = lot["stock_item"]
    api.done(f"/stock-items/{item}/write-offs", {"quantity": 1, "reason": "damaged"})
    api.done(f"/stock-items/{item}/counts", {"counted": 8, "explanation": "少一床"})
    back = {"reason": "捐赠人要求", "goods": [{"stock_item": item, "quantity": 3}]}
    api.done(f"/donations/{donation}/returns", back)
    (lot,) = api.get("/stock")["items"]
    assert (lot["on_hand"], lot["written_off"], lot["counted_difference"]) == (5, 4, -1)
    assert len(api.get(f"/donations/{donation}/arrivals")["items"]) == 1
    bought = {"station": api.station, "name": "药箱", "quantity": 2, "unit": "个"}
    api.done("/stock-items", bought)
    assert len(api.get("/stock")["items"]) == 2


def test_aid_leaves_the_stock_and_comes_back_when_its_record_is_void(api: Running) -> None:
    _, lot = gift(api)
    body = {"station": api.station, "category": "goods", "item": "米", "purpose": "winter_relief"}
    need = api.done("/needs", body)["stream"]
    path = f"/needs/{need}"
    signature = upload(api, JPEG).json()["stream"]
    delivery = {
        "lines": [{"supply": lot, "name": "大米", "quantity": 2, "unit": "袋"}],
        "attendance": [{"count": 2}],
        "received_by": "李四",
        "signature": signature,
        "emergency": True,
    }
    unseen = api.post(f"{path}/deliveries", delivery).json()
    assert unseen["code"] == "need.not_verified"
    api.done(f"{path}/verifications", {"finding": "家中断粮"})
    match = {"match": lot, "match_kind": "stock_item", "quantity": 2}
    api.done(f"{path}/matches", match)
    api.done(f"{path}/match-rejections", {"match": lot, "reason": "改为紧急发放"})
    off = api.post(f"{path}/deliveries", delivery | {"emergency": False}).json()
    assert (off["code"], off["field"]) == ("need.off_register", "household")
    made = api.done(f"{path}/deliveries", delivery)
    event = made["events"][0]
    assert [lot["on_hand"] for lot in api.get("/stock")["items"]] == [8]
    api.done(f"/records/{event}/voidings", {"reason": REASON})
    assert [lot["on_hand"] for lot in api.get("/stock")["items"]] == [10]
    assert api.get("/deliveries")["items"] == []
    api.done(f"/records/{event}/reinstatements", {"reason": REASON})
    returned = {"delivery": event, "supply": lot, "quantity": 1, "reason": "吃不完"}
    api.done(f"{path}/returns", returned)
    api.done(f"{path}/follow-ups", {"delivery": event, "fit": "fitting"})
    assert [lot["on_hand"] for lot in api.get("/stock")["items"]] == [9]
    known = api.get(path)
    assert (known["need"]["deliveries"], known["follow_ups"][0]["fit"]) == (1, "fitting")
    (row,) = api.get("/deliveries", emergency=True)["items"]
    assert (row["money"], row["person_times"]) == (10_000, 2)
    change = {
        "item": "油",
        "purpose": "winter_relief",
        "quantity": 1,
        "urgency": "low",
        "reason": "米够了",
    }
    api.done(f"{path}/changes", change)
    api.done(f"{path}/unmet", {"reason": "迁出"})
    assert [row["unmet"] for row in api.get("/needs")["items"]] == ["迁出"]


def form_set(api: Running) -> str:
    """Publish a set that asks for the sheet of what is held, due at once."""
    worker = api.worker
    api.as_role("operator_manager")
    body = {
        "operator": api.operator,
        "service_type": "drop_in",
        "version": 1,
        "effective_from": "2018-06-01",
        "kinds": ["drop_in"],
        "forms": [{"code": "sheet", "name": "安全检查表", "stage": "held", "due_days": 0}],
    }
    stream: str = api.done("/form-sets", body)["stream"]
    api.worker = worker
    api.as_role("worker")
    return stream


def test_documents_complete_a_file_step_by_step(api: Running) -> None:
    forms = form_set(api)
    day = {"station": api.station, "kind": "drop_in", "title": "日间服务"}
    subject = api.done("/held-activities", day)["stream"]
    scan = upload(api, JPEG).json()["stream"]
    tomorrow = today_here(1).isoformat()
    (file,) = api.get("/completeness", ledger=api.station, on=tomorrow)["files"]
    assert (file["percent"], file["overdue"]) == ("0.0", 1)
    body = {
        "station": api.station,
        "form_set": forms,
        "form": "sheet",
        "subject": {"stream_type": "activity", "stream": subject},
        "attachments": [scan],
    }
    unknown = api.post("/documents", body | {"form": "shet"}).json()
    assert (unknown["code"], unknown["field"]) == ("document.unknown_form", "form")
    document = api.done("/documents", body)["stream"]
    path = f"/documents/{document}"
    api.done(f"{path}/submissions", {})
    api.done(f"{path}/reviews", {"outcome": "returned", "comments": "缺签名"})
    api.done(f"{path}/revisions", {"attachments": [scan]})
    api.done(f"{path}/submissions", {})
    api.done(f"{path}/reviews", {"outcome": "approved"})
    edited = api.post(f"{path}/revisions", {"attachments": []})
    assert (edited.status_code, edited.json()["code"]) == (409, "document.approved_not_edited")
    api.done(f"{path}/papers", {"box": "2018-03", "pages": 1})
    known = api.get("/completeness", ledger=api.station)
    assert known["service_types"][0]["percent"] == "100.0"
    assert known["files"][0]["forms"][0]["state"] == "kept"
    second = api.done("/documents", body)["stream"]
    api.done(f"/documents/{second}/submissions", {})
    api.done(f"/documents/{second}/reviews", {"outcome": "approved"})
    api.done(f"{path}/supersession", {"by": second})
    api.done(f"/documents/{second}/voiding", {"reason": "重复"})
    statuses = {row["document"]: row["status"] for row in api.get("/documents")["items"]}
    assert statuses == {document: "superseded", second: "voided"}
    assert [row["form"] for row in api.get("/form-sets", service_type="drop_in")["items"]] == [
        "sheet"
    ]
    api.as_role("operator_manager")
    api.done(f"/form-sets/{forms}/retirement", {"effective_from": tomorrow, "reason": "并入"})


def test_a_file_goes_in_as_it_is_and_out_by_its_hash(api: Running) -> None:
    digest = sha256(JPEG).hexdigest()
    made = upload(api, JPEG, exif_stripped=True)
    assert made.status_code == 201
    (row,) = api.get("/attachments", sha256=digest)["items"]
    assert (row["size"], row["mime"], row["exif_stripped"]) == (len(JPEG), "image/jpeg", True)
    answer = api.client.get(f"/api/v1/attachments/{digest}")
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert api.client.get(f"/api/v1/attachments/{'0' * 64}").status_code == 404
    assert api.client.get("/api/v1/attachments/nonsense").status_code == 422


def test_who_took_a_file_out_stays_on_record_and_the_administrator_takes_none(
    api: Running,
) -> None:
    digest = sha256(JPEG).hexdigest()
    attachment = upload(api, JPEG).json()["stream"]
    api.follow()
    path = f"/api/v1/attachments/{digest}"
    for _ in range(2):
        assert api.client.get(path).status_code == 200
    *_, before, last = (decode(row.state) for row in api.built.journal.read_ledger(api.station))
    assert before.facts == last.facts == FileOpened(attachment=attachment, sha256=digest)
    assert last.actor == api.worker
    api.sign_in(Principal(actor=new_id(), role="administrator"))
    refused = api.client.get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_what_is_no_evidence_is_refused_and_nothing_is_kept(api: Running, tmp_path: Path) -> None:
    for answer, code in (
        (upload(api, b""), "attachment.empty"),
        (upload(api, JPEG, "application/x-msdownload"), "attachment.type_not_taken"),
        (upload(api, JPEG, station=new_id()), "not_found"),
        (upload(api, b"x" * (MOST_BYTES + 1)), "too_large"),
    ):
        assert answer.json()["code"] == code
    folder = tmp_path / "home" / "attachments"
    assert list(folder.iterdir()) == []
    assert upload(api, b"x" * 2_000_000, "application/pdf").status_code == 201


def test_a_sensitive_file_opens_for_whoever_stored_it_and_those_responsible(api: Running) -> None:
    digest = sha256(JPEG).hexdigest()
    original = upload(api, JPEG).json()["stream"]
    api.done(f"/attachments/{original}/sensitivity", {"reason": "儿童面部"})
    copy = upload(api, JPEG + b" blurred").json()["stream"]
    api.done(f"/attachments/{original}/redactions", {"copied_to": copy})
    api.follow()
    assert api.client.get(f"/api/v1/attachments/{digest}").status_code == 200
    api.worker = new_id()
    api.as_role("worker")
    shut = api.client.get(f"/api/v1/attachments/{digest}")
    assert (shut.status_code, shut.json()["code"]) == (403, "forbidden")
    api.as_role("supervisor")
    assert api.client.get(f"/api/v1/attachments/{digest}").status_code == 200
    api.as_role("operator_manager", operator=new_id())
    assert api.client.get(f"/api/v1/attachments/{digest}").status_code == 404


def test_a_file_altered_on_the_disk_is_not_handed_on(api: Running, tmp_path: Path) -> None:
    digest = sha256(JPEG).hexdigest()
    upload(api, JPEG)
    api.follow()
    path = tmp_path / "home" / "attachments" / digest[:2] / digest[2:4] / digest
    path.write_bytes(b"another sheet")
    answer = api.client.get(f"/api/v1/attachments/{digest}")
    assert (answer.status_code, answer.json()["code"]) == (500, "attachment.damaged")


def test_the_same_key_with_the_same_file_for_another_place_is_refused(api: Running) -> None:
    key = {"Idempotency-Key": "photo-1", "Content-Type": "image/jpeg"}
    url = f"/api/v1/attachments?station={api.station}"
    first = api.client.post(url, content=JPEG, headers=key)
    again = api.client.post(url, content=JPEG, headers=key)
    assert again.json() == first.json() | {"repeated": True}
    other = api.client.post(f"{url}&exif_stripped=true", content=JPEG, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
