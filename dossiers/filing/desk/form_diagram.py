"""The journey through a form drawn as SVG: sections from top to bottom, pages in them, and where it ends early.

Like the picture of a workflow it needs no script and no style sheet, and is as wide as a telephone.
"""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from dossiers.filing.desk.form_words import condition_words
from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import FilingForm, Page, Section
from dossiers.workflow.rules.diagram import WIDTH, wrap

_LEFT, _ROOM = 16, WIDTH - 32
_INK, _FAINT, _LINE = "#1f2933", "#52606d", "#8b95a1"
_BLUE, _PLAIN, _RED, _GREEN = (
    ("#1d4f91", "#e6eefb"), ("#52606d", "#ffffff"), ("#8c2b20", "#fbeae8"), ("#1e6b3a", "#e6f4ea"),
)  # fmt: skip
_TITLE, _TEXT, _SMALL = 13.0, 11.5, 10.5


def draw(form: FilingForm) -> str:
    """The picture as an SVG element with a title and a description; every text of the form is escaped."""
    drawing = _Drawing(form)
    return drawing.finished()


@dataclass
class _Drawing:
    form: FilingForm
    parts: list[str] = field(default_factory=list)
    y: float = 12

    def finished(self) -> str:
        self._start()
        for section in self.form.sections:
            self._arrow()
            self._section(section)
        self._arrow()
        self._box([(_("Kiểm tra, cam đoan, nộp"), _TITLE, _GREEN[0], True)], _GREEN)
        height = round(self.y + 12)
        title = escape(self.form.title)
        words = escape("; ".join(section.title for section in self.form.sections))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-labelledby="bieu-mau-title bieu-mau-desc" '
            f"font-family=\"Arial, 'Liberation Sans', 'Noto Sans', sans-serif\">\n"
            f'<title id="bieu-mau-title">{title}</title>\n<desc id="bieu-mau-desc">{words}</desc>\n'
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )

    def _start(self) -> None:
        for one in self.form.eligibility:
            self._box([(one.label, _TEXT, _INK, True)], _PLAIN)
            for answer in one.answers:
                if answer.ends is None:
                    continue
                words = _("%(answer)s: dừng, %(sentence)s") % {
                    "answer": answer.label,
                    "sentence": answer.ends.sentence[:1].lower() + answer.ends.sentence[1:],
                }
                self.y += 4
                self._box([(words, _SMALL, _RED[0], False)], _RED, indent=28)
            self._arrow()
        self._box([(_("Người nộp, số điện thoại"), _TITLE, _BLUE[0], True)], _BLUE)

    def _section(self, section: Section) -> None:
        lines = [(section.title, _TITLE, _BLUE[0], True)]
        if section.relevant is not None:
            lines.append((self._only(section.relevant), _SMALL, _FAINT, False))
        self._box(lines, _BLUE, dashed=section.relevant is not None)
        for page in section.pages:
            self.y += 4
            self._page(page)

    def _page(self, page: Page) -> None:
        lines = [(page.heading[0], _TEXT, _INK, False)]
        alone = page.questions[0].relevant if len(page.questions) == 1 else None
        condition = page.relevant or alone
        if condition is not None:
            lines.append((self._only(condition), _SMALL, _FAINT, False))
        self._box(lines, _PLAIN, indent=16, dashed=condition is not None)

    def _only(self, condition: Condition) -> str:
        return _("chỉ khi %(condition)s") % {"condition": condition_words(self.form, condition)}

    def _box(
        self,
        lines: list[tuple[str, float, str, bool]],
        colours: tuple[str, str],
        *,
        indent: float = 0,
        dashed: bool = False,
    ) -> None:
        left, room = _LEFT + indent, _ROOM - indent
        rows = [
            (text, size, colour, bold)
            for words, size, colour, bold in lines
            for text in wrap(words, room - 24, size, bold=bold)
        ]
        height = 12 + sum(size + 4 for _text, size, _colour, _bold in rows)
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        self.parts.append(
            f'<rect x="{left:g}" y="{self.y:g}" width="{room:g}" height="{height:g}" rx="7" fill="{colours[1]}" '
            f'stroke="{colours[0]}" stroke-width="1.3"{dash}/>'
        )
        baseline = self.y + 5
        for text, size, colour, bold in rows:
            baseline += size + 4
            weight = ' font-weight="bold"' if bold else ""
            self.parts.append(
                f'<text x="{left + 12:g}" y="{baseline - 1:g}" font-size="{size:g}" fill="{colour}"{weight}>{escape(text)}</text>'
            )
        self.y += height

    def _arrow(self) -> None:
        top, bottom, x = self.y + 2, self.y + 18, WIDTH / 2
        self.parts.append(
            f'<path d="M{x:g} {top:g}V{bottom - 5:g}M{x - 4:g} {bottom - 6:g}L{x:g} {bottom:g}L{x + 4:g} {bottom - 6:g}" '
            f'fill="none" stroke="{_LINE}" stroke-width="1.5"/>'
        )
        self.y += 20
