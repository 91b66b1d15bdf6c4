"""Templates of providers, their assignment to our messages, and the province's own texts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.channels.models import ChannelAccount


class ProviderTemplate(models.Model):
    """A template that an account registered with its provider, as the provider last reported it.

    `parameters`: a list of objects, those of `capabilities.Parameter`. `ways`: the channel's ways that may use it,
    as the provider reports; `ways_closed`: those that it refused since. `price`: đồng by way. `dropped_after`: the
    provider gives up delivery after this time.
    """

    class State(models.TextChoices):
        ENABLED = "enabled", _("được duyệt")
        PENDING = "pending", _("chờ duyệt")
        REJECTED = "rejected", _("bị từ chối")
        DISABLED = "disabled", _("bị ngừng")

    account = models.ForeignKey(
        ChannelAccount, models.PROTECT, related_name="provider_templates", verbose_name=_("tài khoản gửi")
    )
    code = models.CharField(_("mã mẫu"), max_length=60)
    name = models.CharField(_("tên mẫu"), max_length=120, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State, default=State.PENDING)
    tag = models.CharField(_("loại"), max_length=40, blank=True)
    quality = models.CharField(_("chất lượng"), max_length=20, blank=True)
    parameters = models.JSONField(_("tham số"), default=list, blank=True)
    ways = models.JSONField(_("đường gửi"), default=list, blank=True)
    ways_closed = models.JSONField(_("đường gửi bị từ chối"), default=list, blank=True)
    price = models.JSONField(_("giá (đồng)"), default=dict, blank=True)
    cause = models.CharField(_("nguyên nhân"), max_length=500, blank=True)
    dropped_after = models.DurationField(_("thôi phát sau"), null=True, blank=True)
    preview_url = models.URLField(_("bản xem trước"), max_length=500, blank=True)
    fetched_at = models.DateTimeField(_("đọc lúc"), null=True, blank=True)
    # The moment of the known state; earlier reports change nothing.
    reported_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("mẫu của kênh")
        verbose_name_plural = _("mẫu của kênh")
        ordering = ["account_id", "code"]
        constraints = [
            models.UniqueConstraint(fields=["account", "code"], name="one_provider_template_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.name or self.code} ({self.code})"


class TemplateAssignment(models.Model):
    """Which template carries one of our messages. `parameters`: the form's parameter → our placeholder."""

    account = models.ForeignKey(
        ChannelAccount, models.PROTECT, related_name="template_assignments", verbose_name=_("tài khoản gửi")
    )
    intent = models.CharField(_("mẫu tin"), max_length=60)
    template = models.ForeignKey(
        ProviderTemplate, models.PROTECT, related_name="assignments", verbose_name=_("mẫu của kênh")
    )
    parameters = models.JSONField(_("chỗ điền"), default=dict, blank=True)

    class Meta:
        verbose_name = _("mẫu dùng cho tin")
        verbose_name_plural = _("mẫu dùng cho tin")
        ordering = ["intent"]
        constraints = [
            models.UniqueConstraint(fields=["account", "intent"], name="one_form_per_message"),
            models.CheckConstraint(condition=~Q(intent=""), name="form_is_for_a_message"),
        ]

    def __str__(self) -> str:
        return f"{self.intent} → {self.template}"


class Template(models.Model):
    """The province's own wording of a message; where there is none, the text in the code is used."""

    name = models.CharField(_("mẫu tin"), max_length=60, unique=True)
    title = models.CharField(_("tiêu đề"), max_length=100)
    body = models.TextField(_("nội dung"))
    button = models.CharField(_("nút"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("lời tin")
        verbose_name_plural = _("lời tin")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
