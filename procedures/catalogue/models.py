"""A province's catalogue: sectors, procedures, the versions a dossier is received under, everyday words."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from procedures.catalogue.blank_forms.names import label_of
from tenants.files.inspection import LABELS, size_in_words
from tenants.text import fold, sort_key

# A province's search path is its schema and `ext`; naming the schema keeps the index whatever the path.
TRIGRAMS = "ext.gin_trgm_ops"


class Level(models.TextChoices):
    MINISTRY = "ministry", _("cấp bộ")
    PROVINCE = "province", _("cấp tỉnh")
    COMMUNE = "commune", _("cấp xã")
    OTHER = "other", _("cơ quan khác")


class Channel(models.TextChoices):
    ONLINE = "online", _("trực tuyến")
    DIRECT = "direct", _("tại quầy")
    POST = "post", _("bưu điện")


class FilingMode(models.TextChoices):
    """Where a citizen files online; NĐ 224/2026/NĐ-CP, Điều 15.1 makes the national portal the rule."""

    NATIONAL_PORTAL = "national_portal", _("nộp trên Cổng Dịch vụ công quốc gia")
    LOCAL = "local", _("nộp tại đây")
    COUNTER = "counter", _("chuẩn bị và nộp tại quầy")


class ProcedureKind(models.TextChoices):
    NORMAL = "normal", _("thủ tục thường")
    COMPLAINT = "complaint", _("khiếu nại")
    DENUNCIATION = "denunciation", _("tố cáo")
    CONCILIATION = "conciliation", _("hòa giải")


class TermUnit(models.TextChoices):
    WORKING_DAY = "working_day", _("ngày làm việc")
    CALENDAR_DAY = "calendar_day", _("ngày")
    MONTH = "month", _("tháng")
    HOUR = "hour", _("giờ làm việc")
    SAME_DAY = "same_day", _("trong ngày")


class Origin(models.TextChoices):
    """Who set a term or a fee: the centre, or the province by a decision of its own."""

    NATIONAL = "national", _("trung ương")
    PROVINCE = "province", _("tỉnh")


class FeeKind(models.TextChoices):
    PHI = "phi", _("phí")
    LE_PHI = "le_phi", _("lệ phí")


class Sector(models.Model):
    """A field of administration (lĩnh vực), found by its folded name."""

    code = models.CharField(_("mã"), max_length=30, blank=True)
    name = models.CharField(_("tên"), max_length=500)
    folded = models.CharField(max_length=500, unique=True, editable=False)
    sort_key = models.TextField(editable=False, db_collation="C")

    class Meta:
        verbose_name = _("lĩnh vực")
        verbose_name_plural = _("lĩnh vực")
        ordering = ["sort_key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded, self.sort_key = fold(self.name), sort_key(self.name)
        super().save(*args, **kwargs)


class Procedure(models.Model):
    """A procedure as it stands today; what it said earlier is in its versions."""

    class State(models.TextChoices):
        ACTIVE = "active", _("đang dùng")
        HIDDEN = "hidden", _("đã ẩn")

    code = models.CharField(_("mã thủ tục"), max_length=20, unique=True)
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="procedures", verbose_name=_("lĩnh vực")
    )
    name = models.TextField(_("tên chính thức"))
    short_name = models.CharField(_("tên gọn"), max_length=90)
    everyday = models.CharField(
        _("tên thường gọi"),
        max_length=300,
        blank=True,
        help_text=_("Nhiều tên cách nhau bằng dấu chấm phẩy."),
    )
    summary = models.TextField(_("tóm tắt"), blank=True)
    when_needed = models.TextField(_("khi nào cần"), blank=True, help_text=_("Mỗi dòng một ý."))
    mistakes = models.TextField(_("lỗi thường gặp"), blank=True, help_text=_("Mỗi dòng một ý."))
    where_guide = models.TextField(_("chỉ dẫn nơi nộp"), blank=True, editable=False)
    english_name = models.CharField(_("tên tiếng Anh"), max_length=120, blank=True)
    english_also = models.CharField(
        _("từ tìm kiếm tiếng Anh"),
        max_length=300,
        blank=True,
        help_text=_("Nhiều tên cách nhau bằng dấu chấm phẩy."),
    )
    english_summary = models.TextField(_("tóm tắt tiếng Anh"), blank=True)
    levels = ArrayField(
        models.CharField(max_length=10, choices=Level), verbose_name=_("cấp"), default=list, blank=True
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel), verbose_name=_("cách nộp"), default=list, blank=True
    )
    issuer = models.CharField(_("cơ quan ban hành"), max_length=300, blank=True)
    kind = models.CharField(_("loại"), max_length=15, choices=ProcedureKind, default=ProcedureKind.NORMAL)
    handled = models.BooleanField(_("tỉnh giải quyết"), default=False)
    filing_mode = models.CharField(
        _("cách nộp trực tuyến"), max_length=20, choices=FilingMode, default=FilingMode.NATIONAL_PORTAL
    )
    filing_reason = models.CharField(_("vì sao nộp theo cách này"), max_length=300, blank=True)
    filing_decision = models.CharField(_("văn bản cho phép nộp tại đây"), max_length=100, blank=True)
    filing_decided_on = models.DateField(_("ngày văn bản ấy"), null=True, blank=True)
    agency = models.ForeignKey(
        "organisation.Agency",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="procedures",
        verbose_name=_("cơ quan có thẩm quyền"),
    )
    where_text = models.CharField(_("nộp ở đâu"), max_length=300, blank=True)
    no_term_source = models.CharField(
        _("không quy định thời hạn, theo văn bản"),
        max_length=300,
        blank=True,
        help_text=_("Số văn bản làm căn cứ. Để trống nếu thủ tục có thời hạn."),
    )
    no_fee_source = models.CharField(
        _("không thu phí, lệ phí, theo văn bản"),
        max_length=300,
        blank=True,
        help_text=_("Số văn bản làm căn cứ. Để trống nếu thủ tục có phí hoặc lệ phí."),
    )
    state = models.CharField(_("tình trạng"), max_length=10, choices=State, default=State.ACTIVE)
    current_version = models.OneToOneField(
        "ProcedureVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    folded = models.TextField(editable=False, default="")
    spelled = models.TextField(editable=False, default="")
    sort_key = models.TextField(editable=False, default="", db_collation="C")
    initials = models.TextField(editable=False, default="", db_collation="C")

    class Meta:
        verbose_name = _("thủ tục")
        verbose_name_plural = _("thủ tục")
        ordering = ["sort_key", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind=ProcedureKind.DENUNCIATION, handled=True),
                name="denunciation_is_not_handled",
            )
        ]
        indexes = [
            # Without a pending list: after an import each search would read it from end to end.
            GinIndex(
                SearchVector("folded", config="simple"), name="procedure_folded_words", fastupdate=False
            ),
            GinIndex(
                fields=["folded"], name="procedure_folded_trigrams", opclasses=[TRIGRAMS], fastupdate=False
            ),
            # What a list without a question shows is read off these two, in order and in number.
            models.Index("state", models.F("handled").desc(), "sort_key", "code", name="procedure_in_order"),
            models.Index(fields=["initials"], name="procedure_by_initials"),
            models.Index(
                fields=["state", "sector"],
                include=["handled", "levels", "channels"],
                name="procedure_to_count",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.short_name}"

    @property
    def sector_name(self) -> str:
        """ "" without a sector."""
        return self.sector.name if self.sector else ""

    def clean(self) -> None:
        # Forms skip a database constraint on a field they do not show; the kind is such a field.
        if self.handled and self.kind == ProcedureKind.DENUNCIATION:
            message = _("Tố cáo không nhận trên cổng này, để bảo vệ người tố cáo.")
            raise ValidationError({"handled": message})


class ProcedureVersion(models.Model):
    """What a procedure demanded from a day on. Never changed: the database refuses it."""

    procedure = models.ForeignKey(
        Procedure, models.PROTECT, related_name="versions", verbose_name=_("thủ tục"), editable=False
    )
    number = models.PositiveIntegerField(_("số phiên bản"))
    effective_from = models.DateField(_("áp dụng từ ngày"))
    recorded_at = models.DateTimeField(_("ghi nhận lúc"))
    official_name = models.TextField(_("tên chính thức"))
    sector_name = models.CharField(_("lĩnh vực"), max_length=500, blank=True)
    issuer = models.CharField(_("cơ quan ban hành"), max_length=300, blank=True)
    performer = models.TextField(_("cơ quan thực hiện"), blank=True)
    decision_number = models.CharField(_("quyết định công bố"), max_length=200, blank=True)
    kind = models.CharField(_("loại"), max_length=15, choices=ProcedureKind, default=ProcedureKind.NORMAL)
    levels = ArrayField(
        models.CharField(max_length=10, choices=Level), verbose_name=_("cấp"), default=list, blank=True
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel), verbose_name=_("cách nộp"), default=list, blank=True
    )
    term_value = models.PositiveIntegerField(_("thời hạn"), null=True, blank=True)
    term_unit = models.CharField(_("đơn vị"), max_length=15, choices=TermUnit, blank=True)
    term_note = models.TextField(_("ghi chú thời hạn"), blank=True)
    term_source = models.CharField(_("thời hạn do"), max_length=10, choices=Origin, default=Origin.NATIONAL)
    term_decision = models.CharField(_("quyết định về thời hạn"), max_length=200, blank=True)
    subjects = models.TextField(_("đối tượng"), blank=True)
    result = models.TextField(_("kết quả"), blank=True)
    conditions = models.TextField(_("yêu cầu, điều kiện"), blank=True)
    steps = models.JSONField(_("trình tự"), default=list, blank=True)
    legal_basis = models.JSONField(_("căn cứ pháp lý"), default=list, blank=True)
    fee_source = models.CharField(_("phí do"), max_length=10, choices=Origin, default=Origin.NATIONAL)
    source = models.CharField(_("nguồn"), max_length=20)
    text_source = models.CharField(_("nguồn phần hướng dẫn"), max_length=20, blank=True)
    text_decision = models.CharField(_("phần hướng dẫn theo quyết định"), max_length=200, blank=True)
    text_month = models.CharField(_("tháng của nguồn hướng dẫn"), max_length=7, blank=True)
    source_note = models.CharField(_("ghi chú nguồn"), max_length=300, blank=True)
    checksum = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("phiên bản thủ tục")
        verbose_name_plural = _("phiên bản thủ tục")
        ordering = ["procedure_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.official_name[:60]} ({self.number})"


class RequiredDocument(models.Model):
    """A paper of one version (thành phần hồ sơ); None copies: the source could not be read."""

    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="documents", editable=False)
    order = models.PositiveIntegerField()
    name = models.TextField(_("tên giấy tờ"))
    detail = models.TextField(_("chi tiết"), blank=True)
    case = models.TextField(_("trường hợp"), blank=True)
    originals = models.PositiveSmallIntegerField(_("bản chính"), null=True, blank=True)
    copies = models.PositiveSmallIntegerField(_("bản sao"), null=True, blank=True)
    required = models.BooleanField(_("bắt buộc"), default=True)
    form = models.TextField(_("mẫu phải điền"), blank=True)
    english = models.TextField(_("tên tiếng Anh"), blank=True)

    class Meta:
        verbose_name = _("thành phần hồ sơ")
        verbose_name_plural = _("thành phần hồ sơ")
        ordering = ["version_id", "order"]

    def __str__(self) -> str:
        return self.name[:80]


class Fee(models.Model):
    """A fee of one version, in đồng; no amount: the note says how it is set."""

    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="fees", editable=False)
    order = models.PositiveIntegerField()
    kind = models.CharField(_("loại"), max_length=10, choices=FeeKind, blank=True)
    amount = models.PositiveBigIntegerField(_("mức thu (đồng)"), null=True, blank=True)
    note = models.TextField(_("ghi chú"), blank=True)
    online_note = models.TextField(_("khi nộp trực tuyến"), blank=True)

    class Meta:
        verbose_name = _("phí, lệ phí")
        verbose_name_plural = _("phí, lệ phí")
        ordering = ["version_id", "order"]

    def __str__(self) -> str:
        return self.note[:80] if self.amount is None else f"{self.amount} đồng"


class SearchWord(models.Model):
    """A folded word of the catalogue, found from any spelling one slip away (:mod:`procedures.catalogue.search.fuzzy_ranking`).

    ``procedures`` says in how many it stands: a rare word says more about what is meant than a common one.
    """

    text = models.CharField(max_length=100, primary_key=True)
    deletions = ArrayField(models.CharField(max_length=100), default=list)
    procedures = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("từ của danh mục")
        verbose_name_plural = _("từ của danh mục")
        indexes = [GinIndex(fields=["deletions"], name="searchword_deletions", fastupdate=False)]

    def __str__(self) -> str:
        return self.text


class Synonym(models.Model):
    """An everyday word and what it stands for: words of official names, or the code of one procedure.

    “sổ đỏ” is “Giấy chứng nhận quyền sử dụng đất”; “nhập hộ khẩu” is 1.004222.
    """

    everyday = models.CharField(
        _("từ thường dùng"), max_length=100, help_text=_("Như người dân nói; gõ có dấu.")
    )
    official = models.CharField(
        _("từ chính thức"),
        max_length=300,
        help_text=_("Những chữ đứng liền nhau trong tên thủ tục, hoặc mã của một thủ tục."),
    )
    active = models.BooleanField(
        _("đang dùng"),
        default=True,
        help_text=_(
            "Từ đi kèm cổng mà tỉnh không muốn dùng thì tắt ở đây; nếu xóa, lần áp dụng sau từ ấy trở lại."
        ),
    )
    folded = models.CharField(max_length=100, editable=False)

    class Meta:
        verbose_name = _("từ đồng nghĩa")
        verbose_name_plural = _("từ đồng nghĩa")
        ordering = ["everyday"]
        constraints = [models.UniqueConstraint(fields=["folded", "official"], name="one_synonym_per_meaning")]

    def __str__(self) -> str:
        return f"{self.everyday} → {self.official}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded = fold(self.everyday)
        super().save(*args, **kwargs)


class LifeEvent(models.Model):
    """What a province says of a life event: the keys of its own file, over one that ships or as a new one."""

    slug = models.SlugField(_("tên trong địa chỉ"), max_length=60, unique=True)
    content = models.JSONField(_("nội dung"))

    class Meta:
        verbose_name = _("việc trong đời")
        verbose_name_plural = _("việc trong đời")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class FilingRules(models.Model):
    """What a province says of filing beyond one procedure: its `filing_rules.yaml`. One row, none without the file."""

    content = models.JSONField(_("nội dung"))

    class Meta:
        verbose_name = _("quy tắc nộp hồ sơ của tỉnh")
        verbose_name_plural = _("quy tắc nộp hồ sơ của tỉnh")
        default_permissions = ()

    def __str__(self) -> str:
        return "filing_rules.yaml"


class BlankForm(models.Model):
    """A form that papers name, and where it comes from; `key` is that of `procedures.catalogue.blank_forms.names.form_key`.

    `edited`: staff worded it, so a release of the portal does not word it again. `url`, `content_type` and `size` are of
    the sheet that is given out, as `blank_forms.offers` finds it: empty without one; no size where it is made anew.
    """

    url, content_type = "", ""
    size: int | None = None

    key = models.SlugField(_("tên trong địa chỉ"), max_length=200, unique=True, editable=False)
    code = models.CharField(
        _("ký hiệu mẫu"), max_length=200, help_text=_("Như giấy tờ của thủ tục gọi: CT01, 18.")
    )
    annex = models.CharField(_("phụ lục"), max_length=60, blank=True)
    source = models.CharField(
        _("ban hành kèm theo"),
        max_length=200,
        blank=True,
        help_text=_("Loại và số văn bản: Thông tư 53/2025/TT-BCA."),
    )
    issued_on = models.DateField(_("ngày văn bản"), null=True, blank=True)
    title = models.CharField(_("tên tờ khai"), max_length=300, blank=True)
    english = models.CharField(_("tên tiếng Anh"), max_length=300, blank=True)
    address = models.URLField(_("địa chỉ bản chính thức"), max_length=500, blank=True)
    edited = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("tờ khai")
        verbose_name_plural = _("tờ khai")
        ordering = ["key"]
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.code, self.annex, self.source]))

    @property
    def label(self) -> str:
        """“CT01”, “số 18”."""
        return label_of(self.code)

    @property
    def origin(self) -> str:
        """“Phụ lục II, Nghị định 175/2024/NĐ-CP”, as far as it is known."""
        return ", ".join(filter(None, [self.annex, self.source]))

    @property
    def link_text(self) -> str:
        """“Tải mẫu CT01 (PDF, 84 KB)”; without the size where the sheet is made anew."""
        size = "" if self.size is None else size_in_words(self.size)
        facts = ", ".join(filter(None, [LABELS.get(self.content_type, ""), size]))
        return gettext("Tải mẫu %(code)s (%(facts)s)") % {"code": self.label, "facts": facts}


class FormFile(models.Model):
    """A sheet of a form that was offered from a moment on; `replaced_at` is empty while it is. Rows are never deleted.

    Bytes lie here and not with the files of dossiers: sheets are small, few and public, and so they go with each
    backup, export and dry run of the province.
    """

    form = models.ForeignKey(BlankForm, models.PROTECT, related_name="files", verbose_name=_("tờ khai"))
    content = models.BinaryField(_("nội dung"))
    content_type = models.CharField(_("loại tệp"), max_length=100)
    size = models.PositiveIntegerField(_("số byte"))
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("đưa lên lúc"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("người đưa lên"),
    )  # fmt: skip
    replaced_at = models.DateTimeField(_("thôi dùng lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("tệp tờ khai")
        verbose_name_plural = _("tệp tờ khai")
        ordering = ["form_id", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["form"], condition=models.Q(replaced_at=None), name="one_sheet_of_a_form"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form_id} ({self.pk})"
