"""What the pretended portal knows and answers. `/a` speaks with sessions, `/b` has an address for each service.

Strict where it counts: what exists is not created again, what does not is not changed; progress is kept row by row,
so that one that is reported twice stands there twice.
"""

import base64
import json
from pathlib import Path
from typing import Any

from tests.simulators.journal import JournalFile, JournalReader
from tests.simulators.local_http import Answer, Request, html_answer, json_answer

SESSION = "phien-1"
OK = "00"


class Portal:
    """What it took stands in the journal, from which it starts again after it was away."""

    def __init__(self, journal: Path) -> None:
        self.dossiers: dict[str, dict[str, Any]] = {}
        self.filings: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.refused: dict[str, str] = {}
        self.fault: dict[str, Any] = {}
        for entry in JournalReader(journal).new_entries():
            self._take(entry["service"], entry["rows"], keep=False)
        self._journal = JournalFile(journal)

    def handle(self, request: Request) -> Answer:
        body = json.loads(request.body or b"null")
        if request.path == "/_control":
            return self._control(body)
        service, content, query = self._asked(request, body)
        fault = self._fault(service)
        if fault == "500":
            return html_answer("<h1>Lỗi máy chủ</h1>", 500)
        if fault == "html":
            return html_answer("<html>Bảo trì</html>")
        if fault == "hang":
            return Answer(ending="silent")
        if fault == "refuse":
            return json_answer({"error_code": "07", "message": "Sai dữ liệu"})
        answer = self._answer(service, content, query)
        if fault == "500_after":
            return html_answer("", 500)
        return Answer(ending="cut") if fault == "cut" else answer

    def _asked(self, request: Request, body: Any) -> tuple[str, Any, dict[str, str]]:
        """The service, its rows and its values, whichever dialect was spoken."""
        if request.path == "/a/auth":
            good = body == {"username": "tinh", "password": "bi-mat"}
            return "auth" if good else "forbidden", [], {}
        if request.path.startswith("/a"):
            names = {name: str(value) for name, value in body.items() if name != "data"}
            known = names["session"] == SESSION and names["madonvi"] == "000.00.00.H15"
            return names["service"] if known else "forbidden", body.get("data"), names
        known = (
            request.headers.get("secretkey") == "bi-mat" and request.query["MaDinhDanhDV"] == "000.00.00.H15"
        )
        return request.path.removeprefix("/b/") if known else "forbidden", body, request.query

    def _fault(self, service: str) -> str:
        fault = self.fault
        if fault.get("on") not in (service, "*") or not fault.get("times", 0):
            return ""
        fault["times"] -= 1
        return str(fault["kind"])

    def _answer(self, service: str, rows: Any, values: dict[str, str]) -> Answer:
        if service == "forbidden":
            return json_answer({"error_code": -1, "message": "Sai tài khoản"})
        if service == "auth":
            return json_answer({"session": SESSION, "error_code": 0})
        if service == "LayTep":
            return Answer(200, self.files[values["matep"]], {"Content-Type": "application/pdf"})
        if service == "LayHoSoMoi":
            waiting = [one for code, one in self.filings.items() if code not in self.dossiers]
            twice = 2 if self.fault.get("kind") == "duplicates" else 1
            return json_answer({"error_code": OK, "result": waiting * twice})
        if service == "TraCuuHoSo":
            found = self.dossiers.get(values["mahoso"])
            return json_answer({"error_code": OK, "result": [found] if found else []})
        if problem := self._problem(service, rows, values):
            return json_answer({"error_code": problem, "message": "Không nhận"})
        self._journal.append({"service": service, "rows": rows, "updating": values.get("isUpdating", "")})
        self._take(service, rows)
        return json_answer({"error_code": OK, "result": []})

    def _problem(self, service: str, rows: list[dict[str, Any]], values: dict[str, str]) -> str:
        for row in rows:
            code = row["MaHoSo"]
            if code in self.refused:
                return self.refused[code]
            is_there = code in self.dossiers or code in self.filings
            if service == "DongBoHoSoMC" and (values["isUpdating"] == "True") != is_there:
                return "02" if is_there else "05"
            if service == "CapNhatTienDoHoSoMC" and code not in self.dossiers:
                return "05"
        return ""

    def _take(self, service: str, rows: list[dict[str, Any]], *, keep: bool = True) -> None:
        for row in rows:
            if service == "file":
                self._file(row)
            elif service == "change":
                self.dossiers.setdefault(row["MaHoSo"], {"DanhSachTienDo": []}).update(row)
            elif service == "remove":
                self.dossiers.pop(row["MaHoSo"])
            elif service == "CapNhatTienDoHoSoMC":
                self.dossiers[row["MaHoSo"]]["DanhSachTienDo"].append(row)
            else:
                known = self.dossiers.setdefault(row["MaHoSo"], {"DanhSachTienDo": []})
                known.update(row)

    def _file(self, row: dict[str, Any]) -> None:
        self.files.update({name: base64.b64decode(text) for name, text in row.pop("files", {}).items()})
        self.filings[row["MaHoSo"]] = row

    def _control(self, asked: dict[str, Any]) -> Answer:
        """Tests set a fault, refuse a code, file a dossier, or change what stands here behind our back."""
        self.fault = asked.get("fault", self.fault)
        self.refused = asked.get("refused", self.refused)
        for service in ("file", "change", "remove"):
            if row := asked.get(service):
                self._journal.append({"service": service, "rows": [row], "updating": ""})
                self._take(service, [dict(row)])
        return json_answer(self.dossiers)
