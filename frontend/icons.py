"""Cuts the theme's icon font down to the icons of icons.txt: `make icons`. Needs fonttools and brotli."""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

source, target = sys.argv[1:]
names = Path(__file__).with_name("icons.txt").read_text(encoding="utf-8").split()
font = TTFont(source)
letters = {glyph: chr(code) for code, glyph in sorted(font.getBestCmap().items())}
icons = {}
for lookup in font["GSUB"].table.LookupList.Lookup:
    for table in lookup.SubTable:
        for first, found in getattr(table, "ligatures", {}).items():
            for one in found:
                name = "".join(letters[glyph] for glyph in (first, *one.Component))
                icons[name.lower()] = one.LigGlyph
if unknown := sorted(set(names) - icons.keys()):
    sys.exit(f"the font has no {', '.join(unknown)}")
# Without closure: every ligature of these letters would come along otherwise.
subsetter = Subsetter(Options(layout_closure=False, flavor="woff2", hinting=False, notdef_outline=True))
subsetter.populate(glyphs=[icons[name] for name in names], text="".join(sorted({*"".join(names)})))
subsetter.subset(font)
font.flavor = "woff2"
font.save(target)
