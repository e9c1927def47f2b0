"""How hard a sentence is to read: the grade of Flesch and Kincaid.

Grade = 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid, Fishburne, Rogers and
Chissom 1975, Research Branch Report 8-75). Counting follows Flesch 1948, A new readability
yardstick, Journal of Applied Psychology 32: a sentence is a unit of thought, and so ends at a full
stop, colon, semicolon, question or exclamation mark; a figure counts as one word, and not by its
syllables, which several figures would inflate.

A word has as many syllables as groups of vowels (a, e, i, o, u, y), less a silent e: at its end
after a consonant (but not in -le after a consonant), and in -ed (but not after t or d) and -es
(but not after a hissing sound). -ing after a vowel has one of its own. A word has at least one.
"""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?|[+-]?\d[\d.,]*%?")
SENTENCE_END = re.compile(r"[.;:?!]+(?=\s|$)")
VOWELS = re.compile(r"[aeiouyà-ÿ]+")
OWN_ING = re.compile(r"[aeiouy]ing$")
SILENT_E = re.compile(r"(?<![aeiouy])(?<![^aeiouy]l)e$")
SILENT_ED = re.compile(r"(?<![aeioutd])ed$")
SILENT_ES = re.compile(r"(?<![aeiouscxz])(?<![sc]h)(?<!g)es$")


def syllables(word: str) -> int:
    """Syllables of a word; a figure counts as one."""
    plain = word.lower()
    groups = len(VOWELS.findall(plain))
    silent = any(one.search(plain) for one in (SILENT_E, SILENT_ED, SILENT_ES))
    return max(groups + bool(OWN_ING.search(plain)) - silent, 1)


def counts(text: str) -> tuple[int, int, int]:
    """Sentences, words and syllables of a text."""
    said = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    words = WORD.findall(text)
    return len(said), len(words), sum(syllables(word) for word in words)


def grade(text: str) -> float:
    """Grade of school at which a text is read."""
    sentences, words, parts = counts(text)
    return 0.39 * words / sentences + 11.8 * parts / words - 15.59


def reading_ease(text: str) -> float:
    """Flesch's reading ease, of which worked examples are published."""
    sentences, words, parts = counts(text)
    return 206.835 - 1.015 * words / sentences - 84.6 * parts / words
