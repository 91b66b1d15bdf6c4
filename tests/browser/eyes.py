"""What a machine can see of a page: axe, what sticks out, how heavy it is."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
CONTRAST = ("color-contrast",)

# WCAG 1.4.12: what a reader may set by hand.
TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""

_AXE = """what => axe.run({runOnly: what, resultTypes: ['violations']}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.failureSummary}`)))"""

# Words that leave the page at its side, or are cut by the box that holds them. What scrolls by itself, what
# only screen readers get and what is folded away do not count.
_CUT = """() => {
    const width = document.documentElement.clientWidth, found = []
    if (document.documentElement.scrollWidth > width)
        found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`)
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text; text = words.nextNode();) {
        const box = text.parentElement
        if (!text.data.trim() || box.closest('.govuk-visually-hidden, .govuk-skip-link, title, option')) continue
        if (!box.checkVisibility({visibilityProperty: true})) continue
        const range = document.createRange()
        range.selectNodeContents(text)
        for (const line of range.getClientRects()) {
            let scrolls = false
            for (let up = box; up; up = up.parentElement) {
                const style = getComputedStyle(up), rim = up.getBoundingClientRect()
                if (['auto', 'scroll'].includes(style.overflowX)) { scrolls = true; break }
                if (['hidden', 'clip'].includes(style.overflowX) && line.right > rim.right + 1
                    || ['hidden', 'clip'].includes(style.overflowY) && line.bottom > rim.bottom + 1)
                    found.push(`cut: ${text.data.trim().slice(0, 60)}`)
            }
            if (!scrolls && (line.right > width + 1 || line.left < -1))
                found.push(`sticks out ${Math.round(line.right - width)} px: ${text.data.trim().slice(0, 60)}`)
        }
    }
    // Fields cannot show what does not fit, but their buttons can.
    for (const one of document.querySelectorAll('button, a, select, input, img, svg, table')) {
        const rim = one.getBoundingClientRect()
        if (rim.width && rim.right > width + 1 && !one.closest('.govuk-visually-hidden, .govuk-skip-link')) {
            let scrolls = false
            for (let up = one.parentElement; up; up = up.parentElement)
                scrolls ||= ['auto', 'scroll'].includes(getComputedStyle(up).overflowX)
            if (!scrolls) found.push(`sticks out: <${one.tagName.toLowerCase()}> ${one.textContent.trim().slice(0, 60)}`)
        }
    }
    return [...new Set(found)]
}"""


def violations(page: Page, rules: tuple[str, ...] = WCAG) -> list[str]:
    """What axe finds, against WCAG 2.2 AA unless said. It runs beside the content policy, which would refuse it."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, sent once for each page
        page.evaluate(f"(() => {{ {AXE_SCRIPT} }})()")
    return list(page.evaluate(_AXE, list(rules)))


def cut_off(page: Page) -> list[str]:
    """Words and controls that stick out of the window or are cut."""
    return list(page.evaluate(_CUT))


def too_wide(page: Page) -> list[str]:
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"the page is {width} wide"] if width > window else []


def restyle(page: Page, css: str) -> None:
    """Lay a reader's own style over the page."""
    page.evaluate(
        """css => {
            const sheet = new CSSStyleSheet()
            sheet.replaceSync(css)
            document.adoptedStyleSheets = [sheet]
        }""",
        css,
    )


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
