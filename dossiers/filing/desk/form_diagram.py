"""The journey through a form drawn as SVG: sections from top to bottom, pages in them, and where it ends early.

Like the picture of a workflow it needs no script and no style sheet, and is as wide as a telephone.
"""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from dossiers.filing.desk.form_words import condition_words
from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import FilingForm, Page, Section
from dossiers.workflow.rules.diagram import WIDTH, Line, framed, text_element, wrap

_LEFT, _ROOM = 16, WIDTH - 32
_INK, _FAINT, _LINE = "#1f2933", "#52606d", "#8b95a1"
_BLUE, _PLAIN, _RED, _GREEN = (
    ("#1d4f91", "#e6eefb"), ("#52606d", "#ffffff"), ("#8c2b20", "#fbeae8"), ("#1e6b3a", "#e6f4ea"),
)  # fmt: skip
_TITLE, _TEXT, _SMALL = 13.0, 11.5, 10.5


def draw(form: FilingForm) -> str:
    """The picture as an SVG element with a title and a description; every text of the form is escaped."""
    return _Drawing(form).finished()


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
        self._box([Line(_("Kiểm tra, cam đoan, nộp"), _TITLE, _GREEN[0], True)], _GREEN)
        words = "; ".join(section.title for section in self.form.sections)
        return framed("bieu-mau", self.form.title, words, self.y + 12, self.parts)

    def _start(self) -> None:
        for one in self.form.eligibility:
            self._box([Line(one.label, _TEXT, _INK, True)], _PLAIN)
            for answer in one.answers:
                if answer.ends is None:
                    continue
                words = _("%(answer)s: dừng, %(sentence)s") % {
                    "answer": answer.label,
                    "sentence": answer.ends.sentence[:1].lower() + answer.ends.sentence[1:],
                }
                self.y += 4
                self._box([Line(words, _SMALL, _RED[0])], _RED, indent=28)
            self._arrow()
        self._box([Line(_("Người nộp, số điện thoại"), _TITLE, _BLUE[0], True)], _BLUE)

    def _section(self, section: Section) -> None:
        lines = [Line(section.title, _TITLE, _BLUE[0], True)]
        if section.relevant is not None:
            lines.append(Line(self._only(section.relevant), _SMALL, _FAINT))
        self._box(lines, _BLUE, dashed=section.relevant is not None)
        for page in section.pages:
            self.y += 4
            self._page(page)

    def _page(self, page: Page) -> None:
        lines = [Line(page.heading[0], _TEXT, _INK)]
        alone = page.questions[0].relevant if len(page.questions) == 1 else None
        condition = page.relevant or alone
        if condition is not None:
            lines.append(Line(self._only(condition), _SMALL, _FAINT))
        self._box(lines, _PLAIN, indent=16, dashed=condition is not None)

    def _only(self, condition: Condition) -> str:
        return _("chỉ khi %(condition)s") % {"condition": condition_words(self.form, condition)}

    def _box(
        self,
        lines: list[Line],
        colours: tuple[str, str],
        *,
        indent: float = 0,
        dashed: bool = False,
    ) -> None:
        left, room = _LEFT + indent, _ROOM - indent
        rows = [
            replace(line, text=text)
            for line in lines
            for text in wrap(line.text, room - 24, line.size, bold=line.bold)
        ]
        height = 12 + sum(line.size + 4 for line in rows)
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        self.parts.append(
            f'<rect x="{left:g}" y="{self.y:g}" width="{room:g}" height="{height:g}" rx="7" fill="{colours[1]}" '
            f'stroke="{colours[0]}" stroke-width="1.3"{dash}/>'
        )
        baseline = self.y + 5
        for line in rows:
            baseline += line.size + 4
            self.parts.append(text_element(left + 12, baseline - 1, line))
        self.y += height

    def _arrow(self) -> None:
        top, bottom, x = self.y + 2, self.y + 18, WIDTH / 2
        self.parts.append(
            f'<path d="M{x:g} {top:g}V{bottom - 5:g}M{x - 4:g} {bottom - 6:g}L{x:g} {bottom:g}L{x + 4:g} {bottom - 6:g}" '
            f'fill="none" stroke="{_LINE}" stroke-width="1.5"/>'
        )
        self.y += 20
