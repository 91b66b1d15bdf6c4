"""Words one slip of the finger apart: a wrong, a missing, a doubled or a swapped letter.

No Django here. Two words that one slip separates always share a deletion, so that an index over the
deletions of all known words finds the candidates; :func:`one_slip_apart` then decides.
"""

# In a shorter word one letter more or less makes nearly every other word.
SHORTEST = 3
# No Vietnamese syllable is longer than seven letters; longer words are names, codes and noise.
LONGEST = 16


def tolerant(word: str) -> bool:
    """Whether a slip in this folded word is forgiven: long enough, and no number."""
    return SHORTEST <= len(word) <= LONGEST and not any(map(str.isdigit, word))


def deletions(word: str) -> list[str]:
    """Return *word* and what remains of it when any one letter is left out, each once, in order."""
    return sorted({word, *(word[:place] + word[place + 1 :] for place in range(len(word)))})


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter changed, left out, put in, or swapped with its neighbour makes one the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    if short[same + 1 :] == long[same + 1 :]:
        return True
    swapped = short[same : same + 2][::-1] == long[same : same + 2]
    return swapped and short[same + 2 :] == long[same + 2 :]
