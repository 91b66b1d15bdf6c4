"""Agencies of a province, their succession, and who works where in which role."""

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenants import clock
from tenants.agency_codes import NEW_FORM, OLD_FORM, level_1
from tenants.english import in_english
from tenants.isolation.context import current_province

LATITUDES = (Decimal(6), Decimal("23.5"))
LONGITUDES = (Decimal(102), Decimal(118))
"""Degrees between which Viet Nam lies, its islands included: two numbers that changed places are found by them."""
DEGREE_PLACES = 6
"""Decimal places of a degree, about ten centimetres."""


class Role(models.TextChoices):
    """Roles of a person at an agency; workflows name some of these."""

    CLERK = "clerk", _("cán bộ tiếp nhận")
    SPECIALIST = "specialist", _("chuyên viên")
    LEADER = "leader", _("lãnh đạo")
    COMMUNICATIONS = "communications", _("cán bộ truyền thông")
    AUDITOR = "auditor", _("thanh tra, kiểm toán")
    ADMINISTRATOR = "administrator", _("quản trị tỉnh")
    # Of a machine alone: it sees nothing and takes no act.
    FEED = "feed", _("hệ thống gửi hồ sơ")


class Agency(models.Model):
    """An office. A dissolved one stays, with its successor, so that old receipts are still found."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("cấp tỉnh")
        COMMUNE = "commune", _("cấp xã")
        DISTRICT = "district", _("cấp huyện (đã kết thúc)")

    code = models.CharField(_("mã định danh"), max_length=35, unique=True)
    name = models.CharField(_("tên"), max_length=200)
    name_en = models.CharField(_("tên tiếng Anh"), max_length=200, blank=True)
    level = models.CharField(_("cấp"), max_length=10, choices=Level, default=Level.COMMUNE)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("trực thuộc")
    )
    is_desk = models.BooleanField(_("nhận và trả hồ sơ"), default=False)
    address = models.CharField(_("địa chỉ"), max_length=250, blank=True)
    phone = models.CharField(_("điện thoại"), max_length=30, blank=True)
    hours = models.CharField(_("giờ làm việc"), max_length=120, blank=True)
    lat = models.DecimalField(
        _("vĩ độ"),
        max_digits=3 + DEGREE_PLACES,
        decimal_places=DEGREE_PLACES,
        null=True,
        blank=True,
        validators=[MinValueValidator(LATITUDES[0]), MaxValueValidator(LATITUDES[1])],
        help_text=_("Độ thập phân, ví dụ 12.668500; để liên kết bản đồ chỉ đúng cửa."),
    )
    lon = models.DecimalField(
        _("kinh độ"),
        max_digits=3 + DEGREE_PLACES,
        decimal_places=DEGREE_PLACES,
        null=True,
        blank=True,
        validators=[MinValueValidator(LONGITUDES[0]), MaxValueValidator(LONGITUDES[1])],
        help_text=_("Độ thập phân, ví dụ 108.038200."),
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("được kế thừa bởi"),
    )
    dissolved_on = models.DateField(_("kết thúc từ ngày"), null=True, blank=True)

    class Meta:
        verbose_name = _("cơ quan, đơn vị")
        verbose_name_plural = _("cơ quan, đơn vị")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_dissolved(self) -> bool:
        return self.dissolved_on is not None and self.dissolved_on <= clock.today()

    @property
    def living(self) -> "Agency":
        """The agency that answers for it today: itself, or for a dissolved one its successor, else its parent."""
        agency, seen = self, {self.pk}
        while agency.is_dissolved:
            following = agency.successor or agency.parent
            if following is None or following.pk in seen:
                break
            agency = following
            seen.add(agency.pk)
        return agency

    @property
    def local_name(self) -> str:
        """Its name in the reader's language: its own, else by its kind, else the Vietnamese one."""
        return (get_language() == "en" and (self.name_en or in_english(self.name))) or self.name

    @property
    def local_name_today(self) -> str:
        """The same for readers of today: of a dissolved one :attr:`name_today`."""
        return self.local_name if self.living.pk == self.pk else self.name_today

    @property
    def name_today(self) -> str:
        """Its name, and of a dissolved one also who answers for it now."""
        living = self.living
        if living.pk == self.pk:
            return self.name
        return _("%(name)s (nay là %(living)s)") % {"name": self.name, "living": living.name}

    def clean(self) -> None:
        """Refuse a code that receipts could not carry or that belongs to another province, circles, half a place."""
        if not NEW_FORM.fullmatch(self.code) and not (self.dissolved_on and OLD_FORM.fullmatch(self.code)):
            raise ValidationError({"code": _("Mã phải có dạng H15 hoặc H15.08.01.")})
        own = current_province().agency_codes
        if level_1(self.code) not in own:
            raise ValidationError({"code": _("Mã phải bắt đầu bằng %(own)s.") % {"own": ", ".join(own)}})
        if (self.lat is None) != (self.lon is None):
            missing = "lat" if self.lat is None else "lon"
            raise ValidationError({missing: _("Vĩ độ và kinh độ phải có cả hai, hoặc để trống cả hai.")})
        for name in ("parent", "successor"):
            seen, above = {self.pk}, getattr(self, name)
            while above is not None:
                if above.pk in seen:
                    raise ValidationError({name: _("Cơ quan không thể đứng trên chính mình.")})
                seen.add(above.pk)
                above = getattr(above, name)


class Assignment(models.Model):
    """This person works at this agency in this role; holds for the agencies under it as well."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments", verbose_name=_("người")
    )
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="assignments", verbose_name=_("cơ quan"))
    role = models.CharField(_("vai trò"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("phân công")
        verbose_name_plural = _("phân công")
        constraints = [
            models.UniqueConstraint(fields=["user", "agency", "role"], name="one_assignment_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self) -> "DelegationQuerySet":
        """Those that hold today, of people who still work here."""
        today = clock.today()
        return self.filter(
            first_day__lte=today, last_day__gte=today, ended_at=None, assignment__user__is_active=True
        )


class Delegation(models.Model):
    """An assignment lent to a colleague from day to day, while its holder is away; both keep it meanwhile."""

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="delegations", verbose_name=_("phân công")
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="delegations",
        verbose_name=_("người được ủy quyền"),
    )
    first_day = models.DateField(_("từ ngày"))
    last_day = models.DateField(_("đến hết ngày"))
    made_at = models.DateTimeField(_("lập lúc"), default=clock.now)
    ended_at = models.DateTimeField(_("chấm dứt lúc"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("ủy quyền")
        verbose_name_plural = _("ủy quyền")
        ordering = ["first_day", "pk"]


class DataVersion(models.Model):
    """The version of a topic's tables; only a trigger changes it, see `tenants.organisation.data_version`."""

    topic = models.CharField(max_length=20, primary_key=True)
    version = models.UUIDField()

    class Meta:
        verbose_name = _("phiên bản dữ liệu")
        verbose_name_plural = _("phiên bản dữ liệu")
        default_permissions = ()


def working_desks(among: Iterable[Agency] | None = None) -> list[Agency]:
    """The desks that work today, those of the province before those of communes; `among` are agencies already read."""
    found = Agency.objects.filter(is_desk=True) if among is None else among
    desks = [agency for agency in found if agency.is_desk and not agency.is_dissolved]
    return sorted(desks, key=lambda desk: (desk.level != Agency.Level.PROVINCE, desk.code))
