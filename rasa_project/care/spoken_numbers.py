"""Numbers, times and digit strings as the ear needs them."""

from __future__ import annotations

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
MINUTE_S = 60


def number_words(number: int) -> str:
    """Return a whole number in words: 21 is "twenty-one"; from 100 on in digits."""
    if not 0 <= number < 100:
        return str(number)
    if number < len(_SMALL):
        return _SMALL[number]
    tens, unit = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_SMALL[unit]}" if unit else "")


def time_words(seconds: int) -> str:
    """Return a length of time in words: 90 is "one and a half minutes"."""
    minutes, rest = divmod(seconds, MINUTE_S)
    if rest == 0 and minutes:
        return f"{number_words(minutes)} minute{'s' if minutes > 1 else ''}"
    if rest == MINUTE_S // 2 and minutes:
        return f"{number_words(minutes)} and a half minutes"
    return f"{number_words(seconds)} second{'s' if seconds != 1 else ''}"


def times_words(count: int) -> str:
    """Return how often: once, twice, three times."""
    return {1: "once", 2: "twice"}.get(count, f"{number_words(count)} times")


def digits_words(text: str) -> str:
    """Return `text` with every run of digits spoken digit by digit, groups parted by commas."""
    spoken: list[str] = []
    for group in text.replace("-", " ").split():
        if group.isdigit():
            words = " ".join(_SMALL[int(digit)] for digit in group)
            previous_was_number = bool(spoken) and spoken[-1].split()[-1] in _SMALL[:10]
            if previous_was_number:
                spoken[-1] += ","
            spoken.append(words)
        else:
            spoken.append(group)
    return " ".join(spoken)
