"""The committed stylesheets: light, without anything from elsewhere, and legible in Vietnamese."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

BUILT = Path(settings.BASE_DIR) / "portal/static/portal"


def css(name: str) -> str:
    return (BUILT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "limit"),
    [("portal.css", 16_384), ("poster.css", 4_096), ("slip.css", 4_096), ("telephone.css", 4_096)],
)
def test_weight_on_the_wire(name, limit):
    assert 0 < len(gzip.compress(css(name).encode(), 9)) <= limit


@pytest.mark.parametrize("name", ["portal.css", "poster.css", "slip.css", "telephone.css"])
def test_nothing_is_fetched_and_no_font_is_shipped(name):
    text = css(name)
    assert "GDS Transport" not in text
    assert "@font-face" not in text
    assert "@import" not in text
    assert all(
        address.startswith('"data:image/svg+xml') for address in re.findall(r"url\(([^)]{0,40})", text)
    )


def test_paper_has_no_address_that_opens_a_draft_or_a_dossier():
    _before, _rule, after = css("portal.css").rpartition("attr(href)")
    hidden = (
        r'\.govuk-link\[href\^="/nop/ban-nhap/"\]::after,\.govuk-link\[href\^="/h/"\]::after\{content:none\}'
    )
    assert re.search(hidden, after)


TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = [
    path.relative_to(TEMPLATES)
    for folder in ("citizen", "includes", "national", "messaging")
    for path in sorted((TEMPLATES / folder).glob("*.html"))
]


# The one script of citizens' pages; they work without it.
SCRIPT = """<script src="{% static 'portal/citizen.js' %}" defer></script>"""


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_carry_no_inline_style_or_script(page):
    text = (TEMPLATES / page).read_text(encoding="utf-8").replace(SCRIPT, "")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|target=[\"']", text)


def test_the_script_of_citizens_is_light_and_has_no_way_to_send_anything():
    text = (BUILT / "citizen.js").read_text(encoding="utf-8")
    assert len(gzip.compress(text.encode(), 9)) <= 2_048
    assert not re.search(
        r"fetch|XMLHttp|Beacon|WebSocket|EventSource|cookie|innerHTML|import|eval|new Image", text
    )


def test_every_icon_that_is_named_stands_in_the_font():
    """The font is cut to these: `make icons`."""
    root, known = Path(settings.BASE_DIR), set()
    known.update((root / "frontend/icons.txt").read_text(encoding="utf-8").split())
    named = set(re.findall(r'content:"([a-z_]+)"', css("staff.css")))
    for pattern, paths in {
        r'material-symbols-outlined"[^>]*>([a-z0-9_]+)<': TEMPLATES.rglob("*.html"),
        r'_item\(\s*_\("[^"]+"\), "([a-z0-9_]+)"|"SITE_SYMBOL": "([a-z_]+)"': [
            root / "portal/settings/staff.py"
        ],
        r'DeadlineText\(\s*"([a-z_]+)"|"(?:soon|plain)", "([a-z_]+)"': [
            root / "dossiers/desk/worklist/row.py"
        ],
    }.items():
        found = [re.findall(pattern, path.read_text(encoding="utf-8")) for path in paths]
        named |= {
            name
            for each in found
            for one in each
            for name in ([one] if isinstance(one, str) else one)
            if name
        }
    assert len(named) > 40
    assert named <= known
