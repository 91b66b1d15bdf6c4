"""A workflow drawn as SVG: steps as boxes in the colour of their status, ways as arrows with their names.

Nothing in it needs a script or a style sheet, so it stands in a page under any content policy, in a document
and on paper. It is 412 units wide, the width of a telephone, and readable there.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from dossiers.workflow.rules import clock
from dossiers.workflow.rules.diagram_layout import Map, draw_map
from dossiers.workflow.rules.schema import Step, Transition
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from tenants.validation import gettext_noop

_GROUPS = {
    "ijl.,:;|!'‘’": 0.28,
    "ft()/-I[]r ·“”": 0.36,
    "ckszvxyJ": 0.51,
    "abdeghnopquL0123456789đ?_+<>=": 0.57,
    "TFZ": 0.62,
    "ABEKPSVXYw": 0.69,
    "CDHNRUĐ": 0.74,
    "GOQ": 0.79,
    "mM": 0.86,
    "W%@–→": 0.97,
}
_WIDTHS = {char: width for chars, width in _GROUPS.items() for char in chars}
_BOLD = 1.07


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in the unit of `size`; a little more than the truth, since another font may be put in its place."""
    letters = (char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return sum(_WIDTHS.get(char, 0.7) for char in letters) * size * (_BOLD if bold else 1)


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """The lines of a text that each fit into the room; a word that is too long for one is cut."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, bold=bold) <= room:
            lines[-1] = joined
            continue
        while width(word, size, bold=bold) > room and len(word) > 1:
            cut = next(
                n for n in range(len(word) - 1, 0, -1) if n == 1 or width(word[:n], size, bold=bold) <= room
            )
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    return lines


WIDTH = 412
ROLE_NAMES = {
    "clerk": gettext_noop("Cán bộ một cửa"),
    "specialist": gettext_noop("Chuyên viên"),
    "leader": gettext_noop("Lãnh đạo"),
    "administrator": gettext_noop("Quản trị"),
}
PLACE_NAMES = {
    "receiving": gettext_noop("nơi tiếp nhận"),
    "competent": gettext_noop("cơ quan có thẩm quyền"),
    "support": gettext_noop("điểm hỗ trợ"),
    "consulted": gettext_noop("cơ quan được hỏi ý kiến"),
}
_STANDS = {clock.PAUSED: gettext_noop("Tạm dừng tính hạn"), clock.CLOSED: gettext_noop("Hết tính hạn")}
_NEW_TERM = gettext_noop("bắt đầu thời hạn mới")
_AFTER = {"restart": gettext_noop("tính hạn lại từ đầu"), "resume": gettext_noop("tính hạn tiếp")}

_INK, _FAINT, _LINE, _DANGER = "#1f2933", "#52606d", "#52606d", "#8c2b20"
_SLATE, _BLUE, _AMBER = ("#3d4b5c", "#eef1f5"), ("#1d4f91", "#e6eefb"), ("#7a5200", "#fdf3dc")
_GREEN, _RED = ("#1e6b3a", "#e6f4ea"), ("#8c2b20", "#fbeae8")
_COLOURS = {
    Status.NEW: _SLATE,
    Status.RECEIVED: _SLATE,
    Status.IN_PROGRESS: _BLUE,
    Status.SUPPLEMENT_REQUIRED: _AMBER,
    Status.PAYMENT_REQUIRED: _AMBER,
    Status.DONE: _GREEN,
    Status.RETURNED: _GREEN,
}

_ROAD, _BESIDE = (28, 160), (280, 124)
"""Left edge and width of the two columns of boxes."""
_GUTTER = (_ROAD[0] + _ROAD[1], _BESIDE[0])
_EDGE = WIDTH - 8
_LABEL, _LEAD, _BADGE = 11, 13.5, 8.5

Say = Callable[[str], str]


def responsible(step: Step, say: Say = str) -> str:
    """Role and place of a step, in words."""
    words = [say(ROLE_NAMES[step.role])]
    if step.agency:
        words.append(say(PLACE_NAMES.get(step.agency, step.agency)))
    return ", ".join(words)


def draw(workflow: Workflow, say: Say = str) -> str:
    """The picture as an SVG element with a title and a description in words.

    `say` translates the names of the default workflow and the words of the drawing.
    """
    drawing = _Drawing(workflow, draw_map(workflow), say)
    return drawing.finished()


@dataclass(frozen=True)
class Line:
    text: str
    size: float = _LABEL
    colour: str = _INK
    bold: bool = False
    italic: bool = False


def text_element(x: float, y: float, line: Line, anchor: str = "") -> str:
    """A line of text as an SVG element, escaped."""
    style = (
        (f' text-anchor="{anchor}"' if anchor else "")
        + (' font-weight="bold"' if line.bold else "")
        + (' font-style="italic"' if line.italic else "")
    )
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{line.size:g}" fill="{line.colour}"{style}>'
        f"{escape(line.text)}</text>"
    )


def framed(name: str, title: str, words: str, height: float, parts: Sequence[str]) -> str:
    """The drawing of these elements, with a title and a description in words, escaped. `name` begins its ids."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {round(height)}" width="{WIDTH}" '
        f'height="{round(height)}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f"font-family=\"Arial, 'Liberation Sans', 'Noto Sans', sans-serif\">\n"
        f'<title id="{name}-title">{escape(title)}</title>\n<desc id="{name}-desc">{escape(words)}</desc>\n'
        f'<rect width="{WIDTH}" height="{round(height)}" rx="8" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


@dataclass
class _Arrow:
    """Ways that share one vertical arrow; `badge_only` begins at their letters, not at a box."""

    ways: Sequence[Transition]
    up: bool = False
    badge_only: bool = False


@dataclass
class _Drawing:
    workflow: Workflow
    map: Map
    say: Say
    parts: list[str] = field(default_factory=list)
    y: float = 10

    def finished(self) -> str:
        self._title()
        for number, code in enumerate(self.map.road):
            self._gap_above(number)
            self._row(code)
        self._ends()
        self._legend()
        return framed(
            f"quy-trinh-{self.workflow.code}", self._name(), self._in_words(), self.y + 8, self.parts
        )

    # --- The rows, from top to bottom

    def _title(self) -> None:
        for text in wrap(self._name(), WIDTH - 24, 15, bold=True):
            self.y += 18
            self._text(12, self.y, Line(text, 15, bold=True))
        self.y += 14

    def _gap_above(self, number: int) -> None:
        road = self.map.road
        code, arrows = road[number], []
        if number:
            above = road[number - 1]
            arrows = [
                _Arrow(self.map.between(self.workflow, above, code)),
                _Arrow(self.map.between(self.workflow, code, above), up=True),
            ]
        arrows.append(_Arrow(self.map.arrivals(self.workflow, code), badge_only=True))
        self._vertical(arrows, *_ROAD, least=30 if number else 0)

    def _row(self, code: str) -> None:
        top = self.y
        sides = self.map.beside[code]
        for side in sides:
            if side != sides[0]:
                self.y += 12
            arrivals = _Arrow(self.map.arrivals(self.workflow, side), badge_only=True)
            self._vertical([arrivals], *_BESIDE, least=0)
            self._beside(code, side)
        self.y = max(self.y, top + self._box_height(code, _ROAD[1]))
        self._box(code, _ROAD[0], top, _ROAD[1], self.y - top)
        if code in self.workflow.starts:
            middle = top + 18
            self.parts.append(f'<circle cx="11" cy="{middle:g}" r="5" fill="{_INK}"/>')
            self._arrow(11, middle, _ROAD[0], middle, _INK)

    def _beside(self, host: str, side: str) -> None:
        left, right = _GUTTER
        top = self.y
        out = self.map.between(self.workflow, host, side)
        back = self.map.between(self.workflow, side, host)
        y = top + 4
        for way, outward in [*((way, True) for way in out), *((way, False) for way in back)]:
            for line in self._label(way, right - left - 14):
                y += _LEAD
                self._text((left + right) / 2 - 1, y - 2, line, anchor="middle")
            letter = self.map.letters.get(way.code)
            y += 11 if letter else 5
            ends = (left, right) if outward else (right, left)
            self._arrow(ends[0], y, ends[1], y, _colour([way]), thick=way.primary)
            if letter:
                self._badge(left + 18 if outward else right - 18, y, letter, _INK)
            y += 12
        height = max(self._box_height(side, _BESIDE[1]), y - top)
        self._box(side, _BESIDE[0], top, _BESIDE[1], height)
        self.y = top + height

    def _ends(self) -> None:
        if not self.map.ends:
            return
        self.y += 26
        self._text(
            _ROAD[0], self.y, Line(self.say(gettext_noop("Các lối kết thúc khác")), 11.5, _FAINT, True)
        )
        self.y += 10
        for code in self.map.ends:
            top = self.y
            y = top
            for way in self.map.arrivals(self.workflow, code):
                for line in self._label(way, _BESIDE[0] - _ROAD[0] - 34):
                    y += _LEAD
                    self._text(_ROAD[0] + 22, y - 1, line)
                y += 6
                self._arrow(_ROAD[0] + 8, y, _BESIDE[0], y, _colour([way]))
                self._badge(_ROAD[0] + 8, y, self.map.letters[way.code], _INK)
                y += 10
            height = max(self._box_height(code, _BESIDE[1]), y - top)
            self._box(code, _BESIDE[0], top, _BESIDE[1], height)
            self.y = top + height + 10

    def _legend(self) -> None:
        rows = [(self._dot, gettext_noop("bước bắt đầu"))]
        if "paused" in self.workflow.clocks.values():
            rows.append((self._dash, gettext_noop("thời hạn tạm dừng ở bước này")))
        if self.map.letters:
            rows.append((self._sample, gettext_noop("đi tiếp theo mũi tên mang cùng chữ cái")))
        self.y += 14
        for mark, words in rows:
            self.y += 17
            mark(self.y - 4)
            self._text(_ROAD[0] + 24, self.y, Line(self.say(words), 10.5, _FAINT))

    # --- Boxes

    def _box_lines(self, code: str, room: float) -> list[Line]:
        step = self.workflow.steps[code]
        colour, _fill = _COLOURS.get(step.status, _RED)
        lines = [
            Line(text, 12.5, bold=True) for text in wrap(self.say(step.name), room - 24, 12.5, bold=True)
        ]
        status = self.say(step.status.official)
        if status != self.say(step.name):
            lines += [Line(text, 10.5, colour) for text in wrap(status, room - 24, 10.5)]
        if not step.status.is_closed:
            words = responsible(step, self.say)
            if step.share:
                share = self.say(gettext_noop("%(percent)s%% thời hạn")) % {
                    "percent": f"{step.share * 100:g}"
                }
                words = f"{words}, {share}"
            lines += [Line(text, 10.5, _FAINT) for text in wrap(words, room - 24, 10.5)]
        stands = _STANDS.get(self.workflow.clock_state(code))
        if stands and not step.status.is_closed:
            said = wrap(self.say(stands), room - 24, 10.5)
            lines += [Line(text, 10.5, colour, italic=True) for text in said]
        lines += [
            Line(text, 10.5, _FAINT, italic=True)
            for way in self.workflow.transitions_from(code)
            if way.target == code
            for text in wrap(f"↻ {self.say(way.name)}", room - 24, 10.5)
        ]
        return lines

    def _box_height(self, code: str, room: float) -> float:
        rows = -(-len(self.map.exits(self.workflow, code)) // _badges_in(room))
        return (
            14 + sum(line.size + 3.5 for line in self._box_lines(code, room)) + rows * 22 + min(rows, 1) * 2
        )

    def _box(self, code: str, x: float, y: float, room: float, height: float) -> None:
        step = self.workflow.steps[code]
        colour, fill = _COLOURS.get(step.status, _RED)
        dashed = self.workflow.clock_state(code) == clock.PAUSED
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{room:g}" height="{height:g}" rx="7" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.5"{' stroke-dasharray="5 3"' if dashed else ""}/>'
        )
        self._badge(x + 1, y + 2, str(int(step.status)), colour, filled=True)
        baseline = y + 6
        for line in self._box_lines(code, room):
            baseline += line.size + 3.5
            self._text(x + 15, baseline, line)
        for number, letter in enumerate(self.map.exits(self.workflow, code)):
            row, column = divmod(number, _badges_in(room))
            self._badge(x + 24 + column * 21, baseline + 16 + row * 22, letter, _INK)

    # --- Arrows and their names

    def _vertical(self, arrows: Sequence[_Arrow], x: float, room: float, *, least: float) -> None:
        """Arrows side by side between the box above and the box below, each with its name to its right."""
        arrows = [arrow for arrow in arrows if arrow.ways]
        if not arrows:
            self.y += least
            return
        step = (room - 32) / max(1, len(arrows) - 1)
        places = [x + 20 + number * step for number in range(len(arrows))]
        limits = [*(place - 8 for place in places[1:]), _EDGE]
        columns = [
            [self._block(way, limit - place - 12) for way in arrow.ways]
            for arrow, place, limit in zip(arrows, places, limits, strict=True)
        ]
        heights = [sum(height for _letter, _lines, height in column) for column in columns]
        height = max(least, 14 + max(heights))
        for arrow, place, column, needed in zip(arrows, places, columns, heights, strict=True):
            y = self.y + (height - needed) / 2 - 2
            top, bottom = (y + 8 if arrow.badge_only else self.y), self.y + height
            ends = (bottom, top) if arrow.up else (top, bottom)
            primary = any(way.primary for way in arrow.ways)
            self._arrow(place, ends[0], place, ends[1], _colour(arrow.ways), thick=primary)
            for letter, lines, tall in column:
                if letter:
                    self._badge(place, y + 11, letter, _INK)
                baseline = y + (tall - len(lines) * _LEAD) / 2 - 2.5
                for line in lines:
                    baseline += _LEAD
                    self._text(place + 12, baseline, line)
                y += tall
        self.y += height

    def _block(self, way: Transition, room: float) -> tuple[str, list[Line], float]:
        """The letter of a way beside a vertical arrow, its name, and how high they are."""
        letter, lines = self.map.letters.get(way.code, ""), self._label(way, room)
        return letter, lines, max(len(lines) * _LEAD, 22 if letter else 0) + 2

    def _label(self, way: Transition, room: float) -> list[Line]:
        colour, bold = _colour([way]), way.primary
        lines = [
            Line(text, _LABEL, colour, bold) for text in wrap(self.say(way.name), room, _LABEL, bold=bold)
        ]
        after = _NEW_TERM if way.terms else _AFTER.get(way.clock)
        if after:
            words = f"({self.say(after)})"
            lines += [Line(text, 10, _FAINT, italic=True) for text in wrap(words, room, 10)]
        return lines

    def _badge(self, x: float, y: float, text: str, colour: str, *, filled: bool = False) -> None:
        inside, ink = (colour, "#ffffff") if filled else ("#ffffff", colour)
        self.parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{_BADGE}" fill="{inside}" stroke="{colour}" stroke-width="1.2"/>'
        )
        self._text(x, y + 3.8, Line(text, 10.5 if len(text) == 1 else 9, ink, True), anchor="middle")

    def _arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str, *, thick: bool = False) -> None:
        right, down = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
        tail = f"M{x1:g} {y1:g}L{x2 - 6 * right:g} {y2 - 6 * down:g}"
        base_x, base_y = x2 - 8 * right, y2 - 8 * down
        head = (
            f"M{x2:g} {y2:g}L{base_x + 4.5 * down:g} {base_y + 4.5 * right:g}"
            f"L{base_x - 4.5 * down:g} {base_y - 4.5 * right:g}Z"
        )
        self.parts.append(
            f'<path d="{tail}" fill="none" stroke="{colour}" stroke-width="{2.2 if thick else 1.4}"/>'
            f'<path d="{head}" fill="{colour}"/>'
        )

    def _text(self, x: float, y: float, line: Line, *, anchor: str = "") -> None:
        self.parts.append(text_element(x, y, line, anchor))

    def _dot(self, y: float) -> None:
        self.parts.append(f'<circle cx="{_ROAD[0] + 8}" cy="{y:g}" r="5" fill="{_INK}"/>')

    def _dash(self, y: float) -> None:
        colour, fill = _SLATE
        self.parts.append(
            f'<rect x="{_ROAD[0]}" y="{y - 6:g}" width="16" height="12" rx="3" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="4 2"/>'
        )

    def _sample(self, y: float) -> None:
        self._badge(_ROAD[0] + 8, y, "A", _INK)

    # --- In words, for those who do not see it

    def _name(self) -> str:
        return self.say(self.workflow.name)

    def _in_words(self) -> str:
        sentences = []
        for step in self.workflow.steps.values():
            ways = "; ".join(
                f"{self.say(way.name)} → {self.say(self.workflow.steps[way.target].name)}"
                for way in self.workflow.transitions_from(step.code)
            )
            place = f"{self.say(step.name)} ({int(step.status)}, {self.say(step.status.official)})"
            sentences.append(f"{place}: {ways}." if ways else f"{place}.")
        return " ".join(sentences)


def _badges_in(room: float) -> int:
    return int((room - 28) // 21)


def _colour(ways: Sequence[Transition]) -> str:
    return _DANGER if any(way.danger for way in ways) else _LINE
