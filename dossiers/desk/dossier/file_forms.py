"""Forms of the desk that carry files."""

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from dossiers import files
from dossiers.desk.form_fields import set_choices, text_area_field
from dossiers.models import Attachment, Dossier

_capital = lazy(capfirst, str)

ACCEPTED = ".pdf,.jpg,.jpeg,.png"


class SeveralFilesInput(forms.FileInput):
    """Several files may be chosen at once."""

    allow_multiple_selected = True

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """With a text field of its own three floors up: there the theme's script writes the chosen name, and
        without one it would overwrite the first text field of the page."""
        return format_html(
            '<div><div><div>{}</div></div><input type="text" hidden disabled></div>',
            super().render(*args, **kwargs),
        )


class SeveralFilesField(forms.FileField):
    """Zero or more files, as they were sent."""

    widget = SeveralFilesInput

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"accept": ACCEPTED, "class": " ".join(INPUT_CLASSES)}
        kwargs.setdefault("widget", SeveralFilesInput(attrs=attributes))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent; what is in them is for `files.inspect` to say."""
        sent = data if isinstance(data, list) else [data] if data else []
        if self.required and not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return sent


class InspectedFilesField(SeveralFilesField):
    """The same, each inspected: a form that is valid holds files that can be stored."""

    def clean(self, data: Any, initial: Any = None) -> list[files.Inspected]:
        """Raises a sentence for each file that cannot be taken."""
        inspected, refused = [], []
        for upload in super().clean(data, initial):
            try:
                inspected.append(files.inspect(upload))
            except files.FileRefused as refusal:
                refused.append(str(refusal))
        if refused:
            raise forms.ValidationError(refused)
        return inspected


class AttachForm(forms.Form):
    """Adding files to a dossier."""

    uploads = SeveralFilesField(
        label=_("Tệp PDF, JPEG hoặc PNG"), error_messages={"required": _("Xin chọn tệp.")}
    )
    kind = forms.ChoiceField(
        label=_("Đây là"),
        choices=[(kind.value, _capital(kind.label)) for kind in Attachment.Kind],
        widget=UnfoldAdminSelectWidget,
    )
    paper = forms.ChoiceField(label=_("Giấy tờ nào"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "file_%s", **kwargs})
        if dossier.documents:
            set_choices(self, "paper", [("", "—"), *((paper, paper) for paper in dossier.documents)])
        else:
            del self.fields["paper"]

    def arguments(self) -> dict[str, Any]:
        """Arguments for `files.attach_all`."""
        values = self.cleaned_data
        return {"uploads": values["uploads"], "kind": values["kind"], "paper": values.get("paper", "")}


class WithdrawFileForm(forms.Form):
    """Taking a wrongly attached file away."""

    reason = text_area_field(
        _("Lý do"), rows=3, required=True, error_messages={"required": _("Xin ghi rõ lý do gỡ tệp.")}
    )
