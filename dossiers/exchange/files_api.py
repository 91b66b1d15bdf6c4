"""Files of dossiers for the systems of a province: listed, read and added by the same functions that the desk calls."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import file_digest
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.exchange import dossiers_api as dossiers
from dossiers.filing import supplements
from dossiers.lifecycle import files
from dossiers.lifecycle.files import access
from dossiers.lifecycle.intake import MAX_PAPER
from dossiers.lifecycle.models import Attachment, Event
from tenants.accounts.api_keys import MachineDoor
from tenants.accounts.models import User
from tenants.audit import log
from tenants.files.models import StoredFile
from tenants.web import api as shared

_NO_FILE: dict[str, Any] = dict.fromkeys(
    ("invalid", "null", "no_name", "empty"), _("Phải là một tệp, có tên.")
)


@extend_schema_serializer(component_name="DossierFile")
class FileShape(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("Số của tệp, đứng trong địa chỉ để đọc."))
    event = serializers.IntegerField(help_text=_("Số của việc mà tệp đến cùng."))
    kind = serializers.ChoiceField(Attachment.Kind.choices, help_text=_("Loại tệp."))
    paper = serializers.CharField(allow_blank=True, help_text=_("Là giấy tờ nào của hồ sơ; có thể trống."))
    name = serializers.CharField(help_text=_("Tên tệp, như người gửi đặt."))
    content_type = serializers.ChoiceField(StoredFile.ContentType.choices, help_text=_("Kiểu tệp, theo nội dung."))  # fmt: skip
    size = serializers.IntegerField(help_text=_("Cỡ, byte."))
    sha256 = serializers.CharField(help_text=_("SHA-256 của tệp mà cổng giữ; ảnh đã bỏ dấu vết nên khác tệp đã gửi."))  # fmt: skip
    scan = serializers.ChoiceField(StoredFile.ScanState.choices, help_text=_("Máy quét vi-rút nói gì."))
    added_at = serializers.DateTimeField(help_text=_("Thêm lúc."))
    replaced_at = serializers.DateTimeField(allow_null=True, help_text=_("Lúc có giấy tờ khác thay; null khi còn tính."))  # fmt: skip


@extend_schema_serializer(component_name="DossierFiles")
class FilesShape(serializers.Serializer[Any]):
    files = FileShape(many=True, help_text=_("Tệp chưa bị gỡ; tệp đã được thay đứng sau."))


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """The bytes of a file; the tool that draws the schema would call it an address."""


class FileInput(shared.Input):
    file = UploadField(
        allow_empty_file=True,
        help_text=_("PDF, JPEG hoặc PNG; mỗi lần một tệp."),
        error_messages={"required": _("Xin chọn tệp."), **_NO_FILE},
    )
    kind = shared.ChoiceField(("paper", "result"), default="paper", help_text=_("`paper`: giấy tờ; `result`: kết quả giải quyết."))  # fmt: skip
    paper = shared.TextField(max_length=MAX_PAPER, required=False, allow_blank=True, default="", help_text=_("Là giấy tờ nào của hồ sơ."))  # fmt: skip


class AnyType(JSONRenderer):
    """For a door whose answers have types of their own: it is there whatever `Accept` says."""

    media_type = "*/*"


_OF_DOSSIER = (*dossiers.ALWAYS, shared.UNKNOWN_DOSSIER)


class FilesDoor(MachineDoor):
    """/api/v1/dossiers/{code}/files/. Its bodies wait for a place as those of the desk do: see `portal.server.places`."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="files",
        summary=_("Các tệp của một hồ sơ"),
        description=_("Như danh sách ở trang hồ sơ của cán bộ. Lần xem được ghi nhật ký."),
        responses=shared.answers(FilesShape, *_OF_DOSSIER),
    )
    def get(self, request: Request, code: str) -> Response:
        user = self.machine(request)
        dossier = dossiers.find_dossier(user, code)
        log.record("dossier.read", dossier.subject, request=request._request)
        listed = supplements.current_papers(dossier, files.visible_files(dossier, user))
        return Response({"files": [_shown(one.file, one.replaced_at) for one in listed]})

    @extend_schema(
        operation_id="attach",
        summary=_("Thêm một tệp vào hồ sơ"),
        description=_(
            "Giấy tờ hoặc kết quả, xem xét như ở bàn làm việc: kiểu tệp theo nội dung, cỡ, mã độc. Kèm `If-Match` thì chỉ nhận "
            "khi hồ sơ chưa có việc nào mới hơn. Mỗi khóa gửi một tệp một lúc."
        ),
        parameters=[
            OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description=_("`ETag` của lần đọc gần nhất; có thể bỏ.")),
            dossiers.REQUEST_KEY,
        ],
        request={"multipart/form-data": FileInput},
        responses=shared.answers(FileShape, *dossiers.ACTS),
    )  # fmt: skip
    def post(self, request: Request, code: str) -> Response:
        user = self.machine(request)
        dossier = dossiers.find_dossier(user, code)
        seen = dossiers.seen_by(request) if "If-Match" in request.headers else None
        given = FileInput.of(request.data)
        if len(request.FILES.getlist("file")) > 1:
            raise shared.Refusal(shared.INVALID, errors={"file": gettext("Mỗi lần gửi một tệp.")})
        upload: UploadedFile = given.pop("file")
        content = file_digest(upload.file, "sha256").hexdigest()  # type: ignore[arg-type]
        upload.seek(0)

        def act() -> Response:
            return _added(files.attach(dossier.pk, upload, actor=user, seen=seen, **given))

        def again(_user: User, event: Event) -> Response:
            return _added(dossier.attachments.get(sequence=event.sequence))

        asked = json.dumps([upload.name, content, given]).encode()
        return dossiers.once(request, must=False, act=act, again=again, sent=asked)


class FileDoor(MachineDoor):
    """/api/v1/dossiers/{code}/files/{attachment_id}/."""

    renderer_classes = (AnyType,)

    @extend_schema(
        operation_id="file",
        summary=_("Đọc một tệp"),
        description=_("Nguyên tệp mà cổng giữ. Tệp chưa quét xong vi-rút hay có vi-rút: 409. Lần đọc được ghi nhật ký."),
        responses=shared.answers(FileShape, *_OF_DOSSIER, shared.NOT_FOUND, shared.NOT_POSSIBLE) | {200: OpenApiTypes.BINARY},
    )  # fmt: skip
    def get(self, request: Request, code: str, attachment_id: int) -> FileResponse:
        user = self.machine(request)
        dossier = dossiers.find_dossier(user, code)
        try:
            return access.download(files.for_staff(dossier.pk, attachment_id, user, request._request))
        except files.NoSuchFile:
            raise shared.Refusal(shared.NOT_FOUND) from None
        except files.NotServed as refusal:
            raise shared.Refusal(shared.NOT_POSSIBLE, str(refusal)) from None


def _added(file: Attachment) -> Response:
    """The file under the number of the dossier's last event."""
    response = Response(_shown(file, None))
    response.headers["ETag"] = f'"{dossiers.read_dossier(file.dossier_id).last_sequence}"'
    return response


def _shown(file: Attachment, replaced_at: datetime | None) -> Mapping[str, Any]:
    return {
        "id": file.pk,
        "event": file.sequence,
        "scan": file.scan_state,
        "added_at": dossiers.local(file.uploaded_at),
        "replaced_at": dossiers.local(replaced_at),
        **{name: getattr(file, name) for name in ("kind", "paper", "name", "content_type", "size", "sha256")},
    }
