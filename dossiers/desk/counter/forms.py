"""Forms of the counter. They carry typed text to the services and the services' sentences back."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminRadioSelectWidget

from dossiers.lifecycle import document_checklist
from dossiers.lifecycle.desk import form_fields
from dossiers.lifecycle.desk.form_fields import DELIVERIES, InspectedFilesField, desk_choices
from dossiers.lifecycle.intake import ADDRESS_PREFIX, Intake, PersonData
from dossiers.lifecycle.rules.codes import CardError, is_card, read_card
from procedures.catalogue.models import Procedure
from procedures.catalogue.search import search
from tenants.accounts.models import User
from tenants.organisation.staff_site.form_fields import (
    select_field,
    set_choices,
    text_area_field,
    text_field,
    text_input,
)
from tenants.validation import is_plain_text

KINDS = [("person", _("Cá nhân")), ("organisation", _("Tổ chức"))]
CHANNELS = [("counter", _("Tại quầy")), ("post", _("Bưu chính công ích"))]


RECIPIENTS = [("submitter", _("Người nộp")), ("owner", _("Chủ hồ sơ")), ("other", _("Người khác"))]
MAX_HITS = 8
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Found:
    """A procedure that the counter offers. Unless `sure`, it is only near the typed text."""

    code: str
    name: str
    sector: str = ""
    sure: bool = True


def found_procedures(typed: str) -> list[Found]:
    """Procedures that match the typed text: the one of this code, or the best by words and first letters."""
    typed = typed[:LONGEST_SEARCH]
    if not typed.strip() or not is_plain_text(typed):
        return []
    exact = Procedure.objects.select_related("sector").filter(code=typed.strip(), handled=True).first()
    if exact is not None:
        return [Found(exact.code, exact.short_name, exact.sector_name)]
    found = search.handled(typed, limit=MAX_HITS)
    sure = search.codes_named_by(typed, [hit.code for hit in found])
    return [Found(hit.code, hit.short_name, hit.sector, hit.code in sure) for hit in found]


class IntakeForm(forms.Form):
    """Receiving a dossier at the counter."""

    procedure = forms.CharField(
        label=_("Thủ tục"),
        max_length=LONGEST_SEARCH,
        help_text=_("Gõ mã, các chữ đầu (ví dụ dkkh) hoặc vài chữ trong tên, có dấu hay không đều được."),
        error_messages={"required": _("Xin chọn thủ tục.")},
        widget=text_input(autofocus=True),
    )
    choice = forms.ChoiceField(
        label=_("Chọn thủ tục"), required=False, widget=UnfoldAdminRadioSelectWidget, choices=[]
    )
    receiving_agency = select_field(_("Nơi tiếp nhận"))
    competent_agency = select_field(
        _("Cơ quan có thẩm quyền"),
        required=False,
        help_text=_("Thủ tục của cấp khác nơi tiếp nhận thì phải chọn; còn lại có thể bỏ trống."),
    )
    support_point = select_field(
        _("Điểm hỗ trợ"),
        required=False,
        help_text=_(
            "Chỉ chọn khi nhận hộ cho cơ quan khác; thời hạn tính từ khi cơ quan có thẩm quyền nhận."
        ),
    )
    channel = select_field(_("Hình thức nộp"), CHANNELS)

    owner_kind = select_field(_("Chủ hồ sơ là"), KINDS)
    owner_name = forms.CharField(
        label=_("Họ tên hoặc tên tổ chức"),
        error_messages={"required": _("Xin nhập họ tên hoặc tên tổ chức.")},
        widget=text_input(),
    )
    owner_id_number = text_field(_("Số định danh, mã số thuế"))
    owner_phone = text_field(_("Số điện thoại"), inputmode="tel")
    owner_address = text_field(_("Địa chỉ"))

    submitter_name = text_field(_("Người nộp (nếu khác chủ hồ sơ)"))
    submitter_phone = text_field(_("Điện thoại người nộp"), inputmode="tel")

    recipient = select_field(_("Người nhận tin báo"), RECIPIENTS)
    recipient_kind = select_field(_("Người nhận tin là (nếu là người khác)"), KINDS, required=False)
    recipient_name = text_field(_("Họ tên người nhận tin (nếu là người khác)"))
    recipient_phone = text_field(_("Điện thoại người nhận tin"), inputmode="tel")
    # Never ticked beforehand; refusing costs nothing (Luật 91/2025/QH15).
    consents = forms.MultipleChoiceField(
        label=_("Người nhận đồng ý nhận tin báo tình trạng hồ sơ này qua"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_(
            "Hỏi người nhận rồi mới đánh dấu. Tự nguyện: không đồng ý vẫn được giải quyết như thường. Chỉ để báo "
            "tình trạng hồ sơ, không quảng cáo; tắt được bất cứ lúc nào."
        ),
    )
    # Another purpose, so asked apart from notices.
    news = forms.MultipleChoiceField(
        label=form_fields.NEWS_LABEL,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=form_fields.NEWS_HINT,
    )
    papers = forms.MultipleChoiceField(
        label=_("Giấy tờ theo thủ tục"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    documents = text_area_field(_("Giấy tờ khác đã nộp"), rows=2, help_text=_("Mỗi dòng một loại."))
    uploads = InspectedFilesField(
        label=_("Bản quét, ảnh chụp giấy tờ"),
        required=False,
        help_text=_("PDF, JPEG hoặc PNG, chọn được nhiều tệp. Nếu trang báo lỗi thì phải chọn lại tệp."),
    )
    result_delivery = select_field(_("Nhận kết quả"), DELIVERIES)
    note = text_area_field(_("Ghi chú"), rows=2)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        desks, everywhere = desk_choices(user)
        set_choices(self, "receiving_agency", desks)
        set_choices(self, "competent_agency", everywhere)
        set_choices(self, "support_point", everywhere)
        for name in ("consents", "news"):
            set_choices(self, name, form_fields.channel_choices())
        self.hits = found_procedures(self.data.get("procedure", "")) if self.is_bound else []
        set_choices(self, "choice", [(hit.code, f"{hit.code} {hit.name}") for hit in self.hits])
        self.chosen = self._chosen()
        self._papers = document_checklist.demanded_of(
            Procedure.objects.filter(code=self.chosen, handled=True).first() if self.chosen else None
        )
        set_choices(self, "papers", [(str(paper.pk), paper.name) for paper in self._papers])
        self.fields.update(form_fields.address_fields())

    def _chosen(self) -> str:
        """The code of the chosen procedure, empty while the choice is open."""
        choice = self.data.get("choice", "")
        if any(choice == hit.code for hit in self.hits):
            return str(choice)
        return self.hits[0].code if len(self.hits) == 1 and self.hits[0].sure else ""

    def keep_only_procedure_errors(self) -> None:
        """Keep only the errors about the procedure: the rest is still being typed."""
        for name in set(self.errors) - {"procedure", "choice"}:
            del self.errors[name]

    @property
    def addresses(self) -> list[forms.BoundField]:
        """The fields for addresses that installed channels ask for."""
        return [self[name] for name in self.fields if name.startswith(ADDRESS_PREFIX)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("procedure"):
            if not self.hits:
                self.add_error("procedure", _("Tỉnh không tiếp nhận thủ tục nào khớp với nội dung này."))
            elif not self.chosen and "choice" not in self.errors:
                several = len(self.hits) > 1
                self.add_error(
                    "choice",
                    _("Có nhiều thủ tục khớp. Xin chọn một.")
                    if several
                    else _("Không có thủ tục nào mang đúng tên đã gõ. Nếu đúng là thủ tục này, xin chọn."),
                )
            cleaned["procedure_code"] = self.chosen
        self._take_over_card(cleaned)
        return cleaned

    def _take_over_card(self, cleaned: dict[str, Any]) -> None:
        """A card that was scanned into the box for the number fills the empty boxes beside it."""
        scanned = cleaned.get("owner_id_number", "")
        if not is_card(scanned):
            return
        try:
            card = read_card(scanned)
        except CardError as refusal:
            self.add_error("owner_id_number", _(refusal.message))
            return
        cleaned["owner_id_number"] = card.number
        if not cleaned.get("owner_address"):
            cleaned["owner_address"] = card.address
        if not cleaned.get("owner_name") and card.name:
            cleaned["owner_name"] = card.name
            self.errors.pop("owner_name", None)

    def _documents(self) -> Iterator[str]:
        """The papers ticked in the procedure's list, then those typed."""
        ticked = set(self.cleaned_data["papers"])
        yield from (document_checklist.name_of(paper) for paper in self._papers if str(paper.pk) in ticked)
        yield from (line.strip() for line in self.cleaned_data["documents"].splitlines() if line.strip())

    def intake(self) -> Intake:
        """The typed values, for `services.receive`."""
        values = self.cleaned_data
        owner, submitter, other = map(self._person, ("owner", "submitter", "recipient"))
        recipients = {"owner": owner, "submitter": None, "other": other}
        return Intake(
            procedure_code=values["procedure_code"],
            receiving_agency=values["receiving_agency"],
            competent_agency=values["competent_agency"],
            support_point=values["support_point"],
            channel=values["channel"],
            result_delivery=values["result_delivery"],
            note=values["note"],
            owner=owner,
            submitter=submitter if submitter.name or submitter.phone else None,
            recipient=recipients[values["recipient"]],
            consents=frozenset(values["consents"]),
            news=frozenset(values["news"]),
            addresses=form_fields.typed_addresses(values),
            documents=tuple(self._documents()),
        )

    def _person(self, role: str) -> PersonData:
        """The person of this role, from the fields that the form has of them; of the usual kind unless another is said."""
        typed = {item.name: self.cleaned_data.get(f"{role}_{item.name}") for item in fields(PersonData)}
        return PersonData(**{"name": "", **{name: value for name, value in typed.items() if value}})
