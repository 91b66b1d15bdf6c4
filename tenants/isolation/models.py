"""The only tables of `public` besides operators' accounts: provinces, their hosts, which account of a
channel is whose, and what operators did."""

import uuid
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord
from tenants.isolation.schemas import drop_schema

RESERVED_SLUGS = frozenset(
    {
        "public", "ext", "www", "api", "admin", "static", "media", "mail", "localhost", "postgres",
        "template", "test", "demo", "app", "cdn", "ftp", "smtp", "vanhanh", "quantri",
    }
)  # fmt: skip

slug_shape = RegexValidator(
    r"\A[a-z][a-z0-9]{1,40}\Z",
    _("Tên gọi tắt của tỉnh chỉ gồm chữ thường không dấu và chữ số, bắt đầu bằng chữ, dài 2 đến 41 ký tự."),
)
colour_shape = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Màu phải viết dạng #0b5394."))


class Province(TenantMixin):
    """A province: a schema, a role, a name. Edited in `public` only; inside, see `ProvinceRecord`."""

    class State(models.TextChoices):
        DRAFT = "draft", _("đang chuẩn bị")
        PILOT = "pilot", _("chạy thử")
        LIVE = "live", _("đang phục vụ")
        PAUSED = "paused", _("tạm dừng")
        ARCHIVED = "archived", _("đã lưu trữ")
        # Being imported, or brought back from an archive of an installation that was lost.
        UNFINISHED = "unfinished", _("chưa dựng xong")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("tên chính thức"), max_length=100)
    short_name = models.CharField(_("tên ngắn"), max_length=60)
    agency_code = models.CharField(_("mã định danh cấp 1"), max_length=8)
    merged_from = models.JSONField(_("hợp nhất từ"), default=list, blank=True)
    hotline = models.CharField(_("tổng đài"), max_length=30, blank=True)
    brand = models.CharField(_("màu chính"), max_length=7, default="#0B5394", validators=[colour_shape])
    brand_dark = models.CharField(
        _("màu chính, đậm"), max_length=7, default="#073A68", validators=[colour_shape]
    )
    tint = models.CharField(_("màu nền nhạt"), max_length=7, default="#EAF1F8", validators=[colour_shape])
    hours = models.CharField(_("giờ làm việc"), max_length=120, blank=True)
    site_verifications = models.JSONField(_("dấu xác minh tên miền"), default=list, blank=True)
    without_channels = models.JSONField(_("văn bản chưa dùng kênh báo tin"), default=list, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.DRAFT)
    demo = models.BooleanField(_("dữ liệu minh họa"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("tỉnh, thành phố")
        verbose_name_plural = _("tỉnh, thành phố")

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        return self.schema_name

    def as_record(self, host: str) -> ProvinceRecord:
        """Frozen copy for code that runs inside the province."""
        own = {one.attname: getattr(self, one.attname) for one in self._meta.concrete_fields}
        copied = {one.name: own[one.name] for one in fields(ProvinceRecord) if one.name in own}
        copied |= {name: tuple(own[name]) for name in ("site_verifications", "without_channels")}
        merged = tuple(part["agency_code"] for part in self.merged_from if part.get("agency_code"))
        return ProvinceRecord(pk=self.pk, merged_codes=merged, host=host, **copied)

    def delete(self, force_drop: bool = False, *args: Any, **kwargs: Any) -> Any:
        """Delete the row; with `force_drop` the schema and its role as well.

        The parent calls this when a creation fails, while the connection still stands in the half-made
        schema: go back to `public` first, or the first error would be hidden by a second one.
        """
        connection.set_schema_to_public()
        if force_drop:
            drop_schema(self.schema_name)
        return models.Model.delete(self, *args, **kwargs)


class Domain(DomainMixin):
    """A host at which a province answers; stored in lower case without port or trailing dot."""

    class Meta:
        verbose_name = _("tên miền")
        verbose_name_plural = _("tên miền")


class ChannelRoute(models.Model):
    """Which province an account at a channel belongs to; written and read by `channel_routes` alone.

    `secret`: what proves that a callback is about this account, sealed with keys of the installation, since it
    is needed before a province is known.
    """

    channel = models.CharField(max_length=20)
    app = models.CharField(max_length=80)
    external_id = models.CharField(max_length=80)
    province = models.ForeignKey(Province, models.CASCADE, related_name="channel_routes")
    account = models.CharField(max_length=60)
    secret = models.TextField()

    class Meta:
        verbose_name = _("tài khoản kênh của tỉnh")
        verbose_name_plural = _("tài khoản kênh của tỉnh")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "app", "external_id"], name="one_province_per_account"
            ),
            models.UniqueConstraint(fields=["province", "channel", "account"], name="one_route_per_account"),
        ]


class LogHead(models.Model):
    """The highest position that the log of a province ever gave, and where an older copy took the province's place:
    pairs of the position that said so and the last one that held. Kept here because a copy brings its own rows.

    Written by `seal_log` alone, see `tenants.audit.sealer`.
    """

    province = models.OneToOneField(Province, models.CASCADE, primary_key=True, related_name="log_head")
    position = models.BigIntegerField(_("vị trí cuối"))
    restarts = models.JSONField(_("các lần phục hồi"), default=list)

    class Meta:
        verbose_name = _("đầu sổ của tỉnh")
        verbose_name_plural = _("đầu sổ của tỉnh")


class LogEntry(models.Model):
    """An entry of an append-only log. `actor` is empty where no account acted; the name outlives the account."""

    at = models.DateTimeField(_("lúc"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        verbose_name=_("người làm"),
    )
    actor_name = models.CharField(_("tài khoản"), max_length=150, blank=True)

    class Meta:
        abstract = True
        ordering = ["-at", "-pk"]


class OperatorsEntry(LogEntry):
    """An operator's action, or a finding about a province. Append-only; nothing about citizens.

    Written and read by `operators_log` alone. `slug` is empty where no province is meant; a name and
    not a key, so that it outlives the province. `actor` is empty for what was done at a terminal without an
    account.
    """

    act = models.CharField(_("việc"), max_length=60)
    slug = models.CharField(_("tỉnh"), max_length=63, blank=True)
    detail = models.JSONField(_("chi tiết"), default=dict)

    class Meta(LogEntry.Meta):
        verbose_name = _("dòng nhật ký vận hành")
        verbose_name_plural = _("nhật ký vận hành")
        indexes = [models.Index(fields=["slug", "act", "-at"], name="operators_of_a_province")]
