"""The base of tables whose rows are versions."""

from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Version(models.Model):
    """Data under a code and a running number. The newest number of a code is the one in force."""

    code = models.CharField(_("mã"), max_length=60)
    number = models.PositiveIntegerField(_("bản"))
    data = models.JSONField(_("nội dung"))
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)

    DEFAULT_CODE: ClassVar[str] = "default"

    class Meta:
        abstract = True
        ordering = ["code", "-number"]
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="%(class)s_one_number")]

    def __str__(self) -> str:
        what = str(self._meta.verbose_name) if self.code == self.DEFAULT_CODE else self.code
        return gettext("%(what)s, bản %(number)d") % {"what": what, "number": self.number}

    @classmethod
    def in_force(cls, code: str = DEFAULT_CODE) -> Self:
        """Newest version of this code; raises DoesNotExist when the province has none."""
        newest = cls.newest(code)
        if newest is None:
            raise cls.DoesNotExist(f"{cls.__name__} {code}")
        return newest

    @classmethod
    def newest(cls, code: str = DEFAULT_CODE) -> Self | None:
        """The version in force; None when the province has none of this code."""
        return cls._default_manager.filter(code=code).order_by("-number").first()

    @classmethod
    def newest_of_each(cls) -> models.QuerySet[Self]:
        return cls._default_manager.order_by("code", "-number").distinct("code")

    @classmethod
    def publish(cls, data: dict[str, Any], code: str = DEFAULT_CODE) -> tuple[Self, bool]:
        """The version in force for this data; a new one only when the data differ. Says whether it is new."""
        newest = cls.newest(code)
        if newest is not None and newest.data == data:
            return newest, False
        number = newest.number + 1 if newest else 1
        return cls._default_manager.create(code=code, number=number, data=data), True
