"""How texts are set on a page. No rule of the portal lives here."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from django import template
from django.contrib.auth.base_user import AbstractBaseUser
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.defaultfilters import stringfilter
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language

from dossiers.lifecycle.rules.codes import example_code
from tenants.english import in_english

register = template.Library()
register.filter(example_code)

NATIONAL_PORTAL_URL = "https://dichvucong.gov.vn/"
"""Cổng Dịch vụ công quốc gia, where dossiers are filed online."""

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

_KEPT_TOGETHER = re.compile(
    r"thứ (?:Hai|Ba|Tư|Năm|Sáu|Bảy)(?: \d{1,2}/\d{1,2}(?:/\d{4})?)?"
    r"|chủ nhật(?: \d{1,2}/\d{1,2}(?:/\d{4})?)?"
    r"|ngày \d{1,2}/\d{1,2}(?:/\d{4})?"
    r"|\d (?:giờ|phút|ngày|tuần|tháng|năm|bản|giấy|đồng|KB|MB|%)(?!\w)"
    r"|Giấy chứng nhận|quyền sử dụng đất|ông/bà",
    re.IGNORECASE,
)
_DOSSIER_CODE = re.compile(r"\b[A-Z]\d{2}(?:\.\d{2,3})*-\d{6}-\d{4,}")


@register.filter
def may(user: AbstractBaseUser, permission: str) -> bool:
    return user.has_perm(permission)  # type: ignore[attr-defined]


@register.simple_tag
def national_portal_url() -> str:
    """Address of Cổng Dịch vụ công quốc gia."""
    return NATIONAL_PORTAL_URL


@register.simple_tag
def column_labels(columns: Sequence[Any], headers: Sequence[Mapping[str, Any]]) -> SafeString:
    """The headings of a list of the admin before its cells, for telephones: once on the page, not on each cell.

    A list of dossiers has cards of its own, and the first column of a row needs no name.
    """
    if "look" in columns:
        return mark_safe("")
    named = [
        (str(column), str(header["text"]))
        for column, header in zip(columns, headers, strict=True)
        if column != "action_checkbox"
    ]
    rules = (
        f'#result_list .field-{column}:before{{content:"{_css_string(f"{capfirst(text)}: ")}"}}'
        for column, text in named[1:]
    )
    return mark_safe(f"<style>@media (max-width:699px){{{''.join(rules)}}}</style>")  # noqa: S308 – escaped above


def _css_string(text: str) -> str:
    return re.sub(r"[^\w ]", lambda found: f"\\{ord(found[0]):x} ", text)


@register.filter(is_safe=True)
@stringfilter
def glue(text: str, place: str | None = None) -> str:
    """The text with no-break spaces inside dates with their weekday, numbers with their unit, and compounds.

    `place` is one more name to keep together, usually the province's.
    """
    if place:
        text = text.replace(place, place.replace(" ", NO_BREAK_SPACE))
    return _KEPT_TOGETHER.sub(lambda match: match[0].replace(" ", NO_BREAK_SPACE), text)


@register.filter
@stringfilter
def whole_codes(text: str) -> SafeString:
    """The text as HTML in which no dossier code breaks at its hyphens; what is not HTML already is escaped."""
    html = conditional_escape(text)
    wrapped = _DOSSIER_CODE.sub(lambda match: f'<span class="mc-nowrap">{match[0]}</span>', html)
    return mark_safe(wrapped)  # noqa: S308 - escaped above; a code holds letters, digits, dots and hyphens


@register.filter(is_safe=True)
@stringfilter
def unbroken(text: str) -> str:
    """The text on one line: every space becomes a no-break space. For names such as “Đắk Lắk”."""
    return text.replace(" ", NO_BREAK_SPACE)


@register.filter
@stringfilter
def tel(number: str) -> str:
    """The `tel:` address of a telephone number as people write it; empty when it holds no digit."""
    digits = re.sub(r"[^0-9+]", "", number)
    return f"tel:{digits}" if digits.strip("+") else ""


@register.filter(is_safe=True)
@stringfilter
def midsentence(name: str) -> str:
    """A name such as “Tỉnh Đắk Lắk” as it stands inside a sentence: “tỉnh Đắk Lắk”."""
    return name[:1].lower() + name[1:]


@register.filter(is_safe=True)
@stringfilter
def key_groups(key: str) -> str:
    """A look-up key of six characters in two groups of three, as it is printed: “K7M 4QT”."""
    return f"{key[:3]}{NO_BREAK_SPACE}{key[3:]}" if re.fullmatch(r"\w{6}", key) else key


@register.filter
@stringfilter
def readable(text: str) -> str:
    """Words that people wrote in Vietnamese: in English where all are known, else marked as Vietnamese there."""
    if get_language() != "en" or not text:
        return text
    return in_english(text) or format_html('<span lang="vi">{}</span>', text)


@register.filter
def paragraphs(texts: str | list[str] | None) -> list[str]:
    """The paragraphs of a text, or of several, without empty ones."""
    lines = "\n".join(map(str, texts)) if isinstance(texts, list | tuple) else str(texts or "")
    return [line.strip() for line in lines.splitlines() if line.strip()]


class KeptNode(template.Node):
    MOST_KEPT = 500

    def __init__(self, names: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.names, self.nodelist = names, nodelist
        self._kept: dict[Hashable, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = [expression.resolve(context, ignore_failures=True) for expression in self.names.values()]
        # Equal values of other types are shown differently: a safe text, a number and True.
        key = (get_language(), context.autoescape, *values, *map(type, values))
        found = self._kept.get(key)
        if found is None:
            found = self.nodelist.render(context.new(dict(zip(self.names, values, strict=True))))
            if len(self._kept) >= self.MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept province=province %}…{% endkept %}`: rendered once for each language and each value of the names.

    The block sees these names alone, so it can show nothing else. A process keeps what was rendered: name nothing
    personal here, and nothing that has many values.
    """
    bits = token.split_contents()[1:]
    names = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError("kept takes name=value only")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(names, nodelist)
