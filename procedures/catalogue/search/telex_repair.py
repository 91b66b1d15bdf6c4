"""Vietnamese as it leaves a keyboard whose input method was off: “ddawng kys keets hoon”, “d9a8ng ky1”.

No Django here. Only words that are no Vietnamese syllables as they stand are read this way, so that a text
typed as it should be stays as it is.
"""

import re

from tenants.text import fold

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"(?:uye|uya|uyu|uoi|uou|ieu|yeu|oai|oay|oeo|uay|iu|ia|ie|ua|uo|ue|uy|uu|ui|oa|oe|oi|au|ao|ai|ay|eu|eo|ye|[aeiouy])"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_TELEX_DOUBLE = re.compile(r"([aeod])\1")
_TELEX_TONE = re.compile(r"[sfrxjz]+$")
_VNI = re.compile(r"[a-z][a-z0-9]*[0-9][a-z0-9]*")
_LONGEST = 12


def repair(text: str) -> str:
    """Return the words without marks and case; those typed with the input method off are read as meant."""
    return " ".join(_meant(word) for word in fold(text).split())


def is_syllable(word: str) -> bool:
    """Whether this folded word can be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None


def _meant(word: str) -> str:
    if len(word) > _LONGEST or _SYLLABLE.fullmatch(word):
        return word
    for read in (_telex, _vni):
        meant = read(word)
        if meant != word and _SYLLABLE.fullmatch(meant):
            return meant
    return word


def _telex(word: str) -> str:
    """“ddaats” → “dat”: doubled letters are one, w is a hook or a horn, the last letters a tone."""
    if not word.isalpha():
        return word
    once = _TELEX_DOUBLE.sub(r"\1", _TELEX_TONE.sub("", word))
    # The tone may stand before the end, a doubled letter after it: “hoof”, “hofo”; “dduwowcj”, “dduocwj”.
    hooked = re.sub(r"(?<=[aou])w|w(?=[aou])", "", once)
    bare = hooked.replace("w", "u")
    return _toneless(bare)


def _toneless(word: str) -> str:
    """A tone that was typed right after its vowel: “hofo so” → “hoo”, “ky” of “kys”."""
    if _SYLLABLE.fullmatch(word):
        return word
    return _TELEX_DOUBLE.sub(r"\1", re.sub(r"(?<=[aeiouy])[sfrxj]", "", word))


def _vni(word: str) -> str:
    """“d9a8ng” → “dang”, “ky1” → “ky”: digits after letters are marks and tones."""
    return re.sub(r"[0-9]", "", word) if _VNI.fullmatch(word) else word
