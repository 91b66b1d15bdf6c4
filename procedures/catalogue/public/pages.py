"""The citizen's pages of the catalogue: the search, one procedure, its poster. No cookie, no session, no user."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from procedures.catalogue import from_dossiers
from procedures.catalogue.blank_forms.offers import of_texts
from procedures.catalogue.contents.cases import KEYS, Given, MyCase, my_case
from procedures.catalogue.contents.filing_place import filing_desks, shown_place, ways_to_file
from procedures.catalogue.contents.filing_rules import ShownRule, own_rules, shown_rules
from procedures.catalogue.formats.base import base_code
from procedures.catalogue.models import (
    BlankForm,
    Channel,
    FilingMode,
    Level,
    Origin,
    Procedure,
    ProcedureKind,
    ProcedureVersion,
)
from procedures.catalogue.versions import EDITED_TEXT, EXPLAINED_TEXT, NATIONAL_TEXT
from procedures.catalogue.wording import (
    fee_line,
    fee_name,
    first_clause,
    is_unclear,
    level_line,
    money,
    term_advice,
    term_line,
    ways_line,
)
from tenants import clock
from tenants.english import in_language
from tenants.isolation.context import current_province
from tenants.organisation import catalogue
from tenants.organisation.kept_pages import kept_page
from tenants.organisation.models import Agency, working_desks
from tenants.web.absolute_urls import absolute
from tenants.web.qr import Poster

NATIONAL_PORTAL = "https://dichvucong.gov.vn/"
NOTHING: Given = {}
MOST_OPEN_PAPERS, MOST_OPEN_IN_CASE = 12, 3
MOST_CASES = 4
"""Of a procedure in words for citizens, whose names stand in sight; the others are folded together, sooner once answered."""
MOST_OPEN_WORDS = 235
"""In sight on a page in words for citizens, beside headings; of what is longer, explanations are folded."""
LONGEST_FEE_NOTE = 200
"""Characters of a note that stands on the first screen; a longer one stands with the fees in detail."""


@kept_page("catalogue", "figures", parameters=("in", *KEYS))
def procedure_view(request: HttpRequest, code: str) -> HttpResponse:
    """Answer GET /thu-tuc/<code>/, as a poster with `?in=poster`, of a reader's own case with answers to its questions.

    A code with an agency suffix leads to the procedure itself.
    """
    national = base_code(code[:60])
    if national and national != code:
        return redirect(reverse("procedure", args=[national], query=request.GET), permanent=True)
    shown = published(national)
    if shown is None:
        raise Http404(_("Không có thủ tục này trong danh mục của tỉnh."))
    if request.GET.get("in") == "poster":
        return render(request, "citizen/poster.html", {"poster": _poster(shown[0])})
    return render(request, "citizen/procedure.html", page_context(*shown, request.GET.dict()))


def page_context(procedure: Procedure, version: ProcedureVersion, given: Given = NOTHING) -> dict[str, Any]:
    """Return all that the page of a procedure shows."""
    context = procedure_context(procedure, version, given)
    elsewhere = any(rule.topic == "place" and not rule.desks for rule in context["filing_rules"])
    return {
        "procedure": context,
        "shown": procedure,
        "version": version,
        "visit": _visit(procedure, version, desks=not elsewhere),
    }


def published(code: str) -> tuple[Procedure, ProcedureVersion] | None:
    """The procedure *code* with its current version, None where the province shows no such procedure."""
    found = Procedure.objects.select_related("sector", "agency", "current_version").filter(code=code)
    procedure = found.exclude(state=Procedure.State.HIDDEN).first()
    if procedure is None or procedure.current_version is None:
        return None
    return procedure, procedure.current_version


def procedure_context(procedure: Procedure, version: ProcedureVersion, given: Given) -> dict[str, Any]:
    """Return what the page of one procedure makes of it and its version, in the language of the present request.

    Texts of the catalogue are Vietnamese; where there is an English name, summary or name of a paper, the English
    page shows it, papers with their Vietnamese name beside.
    """
    papers = list(version.documents.all())
    fees = list(version.fees.all())
    forms = of_texts(paper.form for paper in papers)
    source = "\n".join([version.term_note, *(fee.note for fee in fees)])
    mine = my_case(procedure.code, {paper.case for paper in papers}, source, given)
    kept = [paper for paper in papers if paper.case not in mine.left_out]
    documents = _by_case([_document(paper, version, forms.get(paper.form, ()), mine) for paper in kept])
    groups = _paper_groups(documents, version)
    on_screen = version.channels == [Channel.ONLINE]
    form_source = _("điền trên màn hình khi nộp") if on_screen else _("chưa có tệp, xin tại nơi nộp")
    name, name_lang = in_language(procedure.short_name, procedure.english_name)
    summary, summary_lang = in_language(procedure.summary, procedure.english_summary)
    facts = _facts(procedure, version, fees, mine)
    filing, query = _filing(procedure, version), mine.query and f"?{mine.query}"
    if filing["url"].startswith("/"):
        filing["url"] += query
    steps = [_step(step) for step in version.steps]
    most = 2 if mine.query else MOST_CASES
    if guided := _names_cases(version):
        ordinary = groups[0]["open"] if groups else []
        in_sight = [name, summary, *filing.values(), *(group["case"] for group in groups[:most])]
        in_sight += [text for fact in facts for text in (fact["value"], fact["detail"])]
        in_sight += [
            f"{one['official']} {one['form'] and form_source} {one['form_name']}" for one in ordinary
        ]
        in_sight += [one["said"] for one in mine.questions]
        _fold_explanations([*ordinary, *steps], " ".join(in_sight))
    return {
        "name": name,
        "address": absolute(reverse("procedure", args=[procedure.code])) + query,
        "mine": mine,
        "summary": summary,
        "when": procedure.when_needed.splitlines(),
        "mistakes": procedure.mistakes.splitlines(),
        "facts4": facts,
        "long_facts": any(len(fact["value"]) > 80 for fact in facts),
        "filing": filing,
        "steps": steps,
        "steps_in_vietnamese": any(step["lang"] for step in steps),
        "documents": documents,
        "paper_groups": groups[:most] if guided else groups,
        "more_groups": groups[most:] if guided else (),
        "folds_cases": guided and len(groups) > 1,
        "papers_source": _text_source(version),
        "form_source": form_source,
        "filing_rules": _filing_rules(procedure, version, fees),
        "fees": [_fee(fee) for fee in fees],
        # One fee is told by the fact.
        "more_of_fees": len(fees) > 1
        or version.fee_source == Origin.PROVINCE
        or any(fee.online_note or len(fee.note) > LONGEST_FEE_NOTE for fee in fees),
        "fees_source": _("Mức thu do tỉnh quy định.")
        if version.fee_source == Origin.PROVINCE
        else _text_source(version),
        "level": level_line(procedure.levels),
        "updated": date_format(version.recorded_at.astimezone(clock.VIETNAM).date(), "SHORT_DATE_FORMAT"),
        "incomplete": gaps(version, documents),
        # Said to screen readers of the English page.
        "vietnamese": "vi" if get_language() == "en" else "",
        "name_lang": name_lang,
        "summary_lang": summary_lang,
    }


def _step(step: Mapping[str, str]) -> dict[str, str]:
    said = {key: in_language(step.get(key, "")) for key in ("name", "detail")}
    # Half a step in English would pretend.
    lang = max(lang for _text, lang in said.values())
    return {key: step.get(key, "") if lang else text for key, (text, _lang) in said.items()} | {"lang": lang}


def _document(
    document: Any, version: ProcedureVersion, forms: Sequence[BlankForm], mine: MyCase
) -> dict[str, Any]:
    # Our explanations, and what a province edits of them, say “not always needed” of what a case needs.
    within_case = bool(document.case) and _names_cases(version)
    shown = pick(document, "name", "detail", "originals", "copies", "required", "form")
    name, name_lang = in_language(document.name, document.english)
    return {
        **shown,
        # A form that is called as the paper need not be named again.
        "form_name": "" if shown["form"].removeprefix("Mẫu ") == document.name else shown["form"],
        "required": document.required or within_case,
        "case": "" if document.case in mine.brought else document.case,
        "name": name,
        "official": "" if name == document.name else document.name,
        "name_lang": name_lang,
        "sheets": forms if any(form.url or form.address for form in forms) else (),
    }


def _paper_groups(documents: Sequence[dict[str, Any]], version: ProcedureVersion) -> list[dict[str, Any]]:
    """Return the papers by case, those of the ordinary case first and in sight.

    Texts written for citizens name real cases, of which a reader has one: each other is folded. National tables also
    call kinds of papers so: there only a long list is folded, by cases with many papers and after the first others.
    """
    is_long, by_case = len(documents) > MOST_OPEN_PAPERS, _names_cases(version)
    groups: list[dict[str, Any]] = []
    for case, of_case in groupby(documents, key=lambda document: document["case"]):
        papers = list(of_case)
        folds = bool(groups) if by_case else is_long and case and len(papers) > MOST_OPEN_IN_CASE
        shown = 0 if folds else MOST_OPEN_PAPERS
        groups.append({"case": case, "open": papers[:shown], "folded": papers[shown:]})
    return groups


def _fold_explanations(explained: Sequence[dict[str, Any]], others: str) -> None:
    """Mark the explanations of papers and steps that are folded, the longest first, until the page is short enough.

    *others*: what stands in sight beside them.
    """
    words = len(others.split()) + sum(len(f"{one['name']} {one['detail']}".split()) for one in explained)
    for one in sorted(explained, key=lambda one: -len(one["detail"])):
        if words > MOST_OPEN_WORDS and one["name"] and one["detail"]:
            one["folds"] = True
            words -= len(one["detail"].split()) - len(_("Chi tiết").split())


def _names_cases(version: ProcedureVersion) -> bool:
    """Whether the papers are told in words for citizens: ours, or those that the province edited."""
    return version.text_source in (EXPLAINED_TEXT, EDITED_TEXT)


def _text_source(version: ProcedureVersion) -> str:
    """Return where the papers and steps come from, in a sentence; empty where nothing is there to say it of."""
    month = "/".join(part.lstrip("0") for part in reversed(version.text_month.split("-")))
    names = {"month": month, "decision": version.text_decision}
    if version.text_source == NATIONAL_TEXT:
        text = _("Theo danh mục quốc gia, tháng %(month)s; tên dài đã rút gọn, chỗ rút gọn có dấu “…”.")
        return text % names
    if version.text_source == EXPLAINED_TEXT:
        if not version.text_decision:
            return _("Cổng biên soạn từ thủ tục đã công bố.")
        text = _("Cổng biên soạn từ Quyết định %(decision)s, theo danh mục quốc gia tháng %(month)s.")
        return text % names
    if version.text_source == EDITED_TEXT:
        if not version.text_decision:
            return _("Tỉnh biên soạn từ thủ tục đã công bố.")
        return _("Tỉnh biên soạn theo Quyết định %(decision)s.") % names
    return f"{version.source_note}." if version.text_source and version.source_note else ""


def _filing_rules(procedure: Procedure, version: ProcedureVersion, fees: list[Any]) -> list[ShownRule]:
    if procedure.kind == ProcedureKind.DENUNCIATION:
        return []
    ways = ways_to_file(procedure, version.channels)
    free = bool(fees) and all(fee.amount == 0 for fee in fees)
    rules = shown_rules(
        procedure.code, procedure.sector_name, ways, procedure.levels, free=free, own=own_rules()
    )
    return [rule for rule in rules if not rule.general]


def _facts(
    procedure: Procedure, version: ProcedureVersion, fees: list[Any], mine: MyCase
) -> list[dict[str, str]]:
    """Return the four answers of the first screen; where a term or a fee is not known, what to do instead."""
    term_note = mine.term or version.term_note
    term_detail = term_advice(version.term_unit, term_note)
    if version.term_source == Origin.PROVINCE:
        term_detail = _("theo %(decision)s") % {"decision": version.term_decision}
    # The note of a kind of fee without any amount stands first: the amounts refer to it.
    priced = {fee.kind for fee in fees if fee.amount is not None}
    notes = [fee.note for fee in sorted(fees, key=lambda fee: fee.kind in priced) if fee.note]
    fee_note = mine.fee or next((note for note in notes if len(note) <= LONGEST_FEE_NOTE), "")
    fee_detail = fee_note
    fee = fee_line((fee.kind, fee.amount) for fee in fees)
    if not fees and procedure.kind == ProcedureKind.NORMAL:
        fee, fee_detail = _("Nguồn chưa ghi"), _("Có phải nộp không, nơi nộp cho biết khi nhận hồ sơ.")
    if fee_note and all(fee.amount is None for fee in fees):
        fee, fee_detail = first_clause(fee_note)
    from_table = version.fee_source == Origin.NATIONAL and version.text_source == NATIONAL_TEXT
    if not fee_detail and fees and from_table:
        fee_detail = _("theo danh mục quốc gia")
    result, _newline, more_results = version.result.partition("\n")
    where, more = shown_place(procedure, version.performer)
    where_detail = "; ".join(filter(None, [more, ways_line(ways_to_file(procedure, version.channels))]))
    term = term_line(version.term_value, version.term_unit, term_note)
    facts = [
        (_("Thời hạn"), term, term_detail),
        (_("Lệ phí"), fee, fee_detail),
        (_("Nộp ở đâu"), where, where_detail),
        (_("Nhận gì"), result, more_results.replace("\n", "; ")),
    ]
    # Texts of the catalogue are Vietnamese on the English page too, unless their English is known.
    data = {term_note, fee_note, *first_clause(fee_note), result, where}
    shown = []
    for label, *texts in facts:
        (value, lang), (detail, detail_lang) = (
            in_language(text) if text in data else (text, "") for text in texts
        )
        said = {"label": label, "value": value, "detail": detail, "lang": lang, "detail_lang": detail_lang}
        shown += [said] if value else []
    return shown


def _visit(procedure: Procedure, version: ProcedureVersion, *, desks: bool) -> dict[str, Any]:
    """Return the page of the desk where it is filed, and how it goes in fact; nothing of what others handle.

    *desks*: whether a desk of the province takes it.
    """
    if not procedure.handled:
        return {}
    visit: dict[str, Any] = {}
    if desks:
        # The pages of desks belong to an app above; only their names are known here.
        desk = _desk(procedure)
        visit["desk"] = desk.local_name if desk else ""
        visit["desk_url"] = reverse("desk", args=[desk.code]) if desk else reverse("desks")
    return {**visit, **from_dossiers.practice(procedure, version)}


def _desk(procedure: Procedure) -> Agency | None:
    """Return the one desk where it is filed: the agency itself, or that of the province for what is the province's."""
    if procedure.agency and working_desks([procedure.agency]):
        return procedure.agency
    if procedure.levels != [Level.PROVINCE]:
        return None
    desks = working_desks(catalogue.agencies().values())
    own = [desk for desk in desks if desk.level == Agency.Level.PROVINCE]
    return own[0] if len(own) == 1 else None


def filing_reason(procedure: Procedure) -> str:
    """Return why it is filed in this way, and by which decision, as the province stated them; "" for nothing.

    In English without the reason, which a province states in Vietnamese."""
    reason, foreign = in_language(procedure.filing_reason.strip())
    said = [reason if reason.endswith((".", "!", "?")) else f"{reason}."] if reason and not foreign else []
    if procedure.filing_decision and procedure.filing_decided_on:
        decided = {"decision": procedure.filing_decision, "day": f"{procedure.filing_decided_on:%d/%m/%Y}"}
        said.append(_("Theo %(decision)s ngày %(day)s.") % decided)
    elif procedure.filing_decision:
        said.append(_("Theo %(decision)s.") % {"decision": procedure.filing_decision})
    return " ".join(said)


def _filing(procedure: Procedure, version: ProcedureVersion) -> dict[str, str]:
    """Return the main button: where to file (NĐ 224/2026/NĐ-CP, Điều 15.1), with a note.

    No button where the ways to file are known and none of them is online.
    """
    if procedure.kind == ProcedureKind.DENUNCIATION:
        # The page belongs to an app above; only its name is known here.
        note = _("Trang này không nhận tố cáo, để giữ kín người tố cáo.")
        return {"label": _("Gửi tố cáo ở đâu"), "url": reverse("denunciation"), "note": note}
    if not procedure.handled:
        note = _("Tỉnh không giải quyết thủ tục này; trang này chỉ để ông/bà xem.")
        if procedure.where_guide:
            note = _("Cổng này không nhận thủ tục này; nộp ở nơi ghi tại ô “Nộp ở đâu”.")
        elif procedure.where_text:
            note = _("Thủ tục này %(where)s; trang này chỉ để ông/bà xem.") % {"where": procedure.where_text}
        return {"label": "", "url": "", "note": note}
    reason = filing_reason(procedure)
    if procedure.kind != ProcedureKind.NORMAL or procedure.filing_mode == FilingMode.COUNTER:
        note = _("Nộp trực tiếp tại quầy hoặc gửi qua bưu điện.")
        if ways_to_file(procedure, version.channels) == [Channel.DIRECT]:
            note = _("Nộp trực tiếp tại quầy.")
        begin = from_dossiers.filing_address(procedure) if procedure.kind == ProcedureKind.NORMAL else ""
        if begin:
            note = _("Điền trước ở nhà rồi mang mã QR và giấy tờ đến quầy. Nộp thẳng tại quầy cũng được.")
        label = _("Chuẩn bị hồ sơ tại nhà") if begin else ""
        return {"label": label, "url": begin, "note": f"{note} {reason}".strip()}
    if procedure.filing_mode == FilingMode.LOCAL:
        # Without a form there is nothing to fill in; promising one would be worse than none.
        note, begin = _("Cũng có thể nộp tại quầy."), from_dossiers.filing_address(procedure)
        if not begin:
            note = _("Nộp tại quầy của tỉnh; nộp trực tuyến tại đây chưa mở.")
            if not filing_desks(procedure):
                note = _(
                    "Nộp trực tuyến tại đây chưa mở: chưa có nơi nhận hồ sơ của cấp giải quyết thủ tục này."
                )
        label = _("Nộp hồ sơ tại đây") if begin else ""
        return {"label": label, "url": begin, "note": f"{note} {reason}".strip()}
    if version.channels and Channel.ONLINE not in version.channels:
        ways = ways_line(version.channels)
        note = _("Danh mục quốc gia không ghi cách nộp trực tuyến: %(ways)s.")
        return {"label": "", "url": "", "note": note % {"ways": ways[:1].lower() + ways[1:]}}
    label = _("Nộp trên Cổng Dịch vụ công quốc gia")
    return {
        "label": label,
        "url": NATIONAL_PORTAL,
        "note": f"{_('Nộp tại quầy cũng được.')} {reason}".strip(),
        # No source of the catalogue says at which address the portal has a procedure; it finds it by its code.
        "code": procedure.code,
    }


def pick(row: Any, *names: str) -> dict[str, Any]:
    """Return these attributes of a row by name."""
    return {name: getattr(row, name) for name in names}


def _by_case(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the papers with those of one case together: of every case, then by case in order of its first paper."""
    cases = list(dict.fromkeys(["", *(document["case"] for document in documents)]))
    return sorted(documents, key=lambda document: cases.index(document["case"]))


def _fee(fee: Any) -> dict[str, str]:
    unknown = "" if fee.note else _("theo quy định")
    amount = unknown if fee.amount is None else money(fee.amount) if fee.amount else _("Miễn phí")
    (note, lang), (online, _lang) = in_language(fee.note), in_language(fee.online_note)
    shown = {"note": note, "lang": lang, "online_note": online}
    return {"kind": fee_name(fee.kind), "amount": amount, **shown}


def gaps(version: ProcedureVersion, documents: list[Any]) -> list[str]:
    """Return the parts that the law wants published and the source does not have, for an honest notice."""
    parts = [
        (_("thời hạn"), version.term_unit or (version.term_note and not is_unclear(version.term_note))),
        (_("thành phần hồ sơ"), documents),
        (_("trình tự"), version.steps),
        (_("kết quả"), version.result),
        (_("căn cứ pháp lý"), version.legal_basis),
    ]
    return [name for name, present in parts if not present]


def _poster(procedure: Procedure) -> Poster:
    """What to bring, how long it takes and what it costs, behind one QR code.

    It names the desk of the agency that settles the procedure; without its telephone, that of the province.
    """
    page, province = reverse("procedure", args=[procedure.code]), current_province()
    agency = procedure.agency.living if procedure.agency and procedure.handled else None
    has_phone = bool(agency and agency.phone)
    return Poster(
        title=procedure.short_name,
        lead=_("Quét mã để xem cần giấy tờ gì, mất bao lâu, lệ phí bao nhiêu và nộp ở đâu"),
        url=absolute(page),
        back=page,
        place=agency.local_name if agency else province.name,
        phone=agency.phone if agency and has_phone else province.hotline,
        hours=agency.hours if agency and agency.hours else province.hours,
    )
