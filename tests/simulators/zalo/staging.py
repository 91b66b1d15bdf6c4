"""Ready-made worlds: one App with as many OAs as there are provinces, and crowds of followers. All invented."""

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo.control import acts
from tests.simulators.zalo.model import Parameter, Template

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

NOTICE = "Hồ sơ <ma_ho_so> của ông/bà <ten>: <trang_thai>. Đây là tin mô phỏng."


def stage(
    sim: "Simulator",
    oas: int = 1,
    users: int = 1,
    webhook_url: str = "",
    callback: str = "http://127.0.0.1:8000/zalo/callback",
) -> dict[str, Any]:
    """An App, so many OAs that have granted it, a notice template in each, and people who follow none."""
    app = sim.world.add_app(webhook_url=webhook_url, callbacks=[callback])
    made = []
    for _number in range(oas):
        oa = sim.world.add_oa()
        tokens = sim.admin("grant", {"app": app.app_id, "oa": oa.oa_id})
        template = notice_template(sim, app.app_id, oa.oa_id)
        made.append({"oa_id": oa.oa_id, "name": oa.name, "template_id": template.template_id, **tokens})
    people = [asdict(sim.world.add_user()) for _number in range(users)]
    return {"app": asdict(app), "oas": made, "users": people}


def notice_template(sim: "Simulator", app_id: str, oa_id: str) -> Template:
    return sim.world.add_template(
        oa_id=oa_id, app_id=app_id, name="Thông báo tình trạng hồ sơ", content=NOTICE,
        params=[Parameter("ten", max_length=30), Parameter("ma_ho_so", max_length=30),
                Parameter("trang_thai", max_length=30)],
    )  # fmt: skip


def crowd(sim: "Simulator", oa: str, count: int, tags: list[str] | None = None) -> dict[str, Any]:
    """So many more invented people who follow the OA, quietly: no events. Ids in this OA, in order."""
    uids = []
    for _number in range(count):
        who = sim.world.relation(sim.world.oas[oa].oa_id, sim.world.add_user().user_id)
        who.follower, who.last_interaction, who.tags = True, sim.clock.now(), set(tags or [])
        uids.append(who.uid)
    return {"uids": uids}


def traffic(
    sim: "Simulator", oa: str, count: int, per_second: float, text: str = "H15-0001", user: str = ""
) -> dict[str, Any]:
    """So many texts from now on, evenly spaced, from as many people, or all from this one: for measuring a webhook
    under load."""
    people = [user or sim.world.add_user().user_id for _number in range(count)]
    for number, user in enumerate(people):
        due = sim.clock.now() + number / per_second
        sim.agenda.add(due, f"text {number}", partial(_write, sim, user, oa, text))
    return {"seconds": count / per_second}


def _write(sim: "Simulator", user: str, oa: str, text: str) -> None:
    acts.send_text(sim, user, oa, text)
