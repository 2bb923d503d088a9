"""Text as LaTeX shows it, in ASCII alone, so that whatever a name holds compiles with every engine.

Signs come from the fonts that each LaTeX has as outlines; those of the companion encoding may be bitmaps.
"""

import re
import unicodedata
from collections.abc import Iterator

from s4mcl_dashboards.formats.blocks import Inline, Run

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_\allowbreak{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": "`{}",
    '"': r"{''}",
    "'": r"{'}",  # apart, so that two are no quotation mark
    "-": r"-{}",
    ",": r",{}",
    "/": r"/\allowbreak{}",
    "[": r"{[}",  # no optional argument after \\ or \item
    "]": r"{]}",
    "*": r"{*}",
}
SIGNS = {
    "\u00a0": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "–": "--{}",
    "—": "---{}",
    "−": "$-$",
    "“": "``{}",
    "”": "''{}",
    "‘": "`{}",
    "’": "'{}",
    "…": r"\dots{}",
    "†": r"$\dagger$",
    "‡": r"$\ddagger$",
    "§": r"$\mathsection$",
    "°": r"$^\circ$",
    "µ": r"$\mu$",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
}
MATHS = {"±": "pm", "×": "times", "·": "cdot", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "→": "rightarrow"}
MATHS |= {"∞": "infty", "√": "surd", "∈": "in", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon"}
MATHS |= {"λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi"}
MATHS |= {"ω": "omega", "θ": "theta", "η": "eta", "Δ": "Delta", "Σ": "Sigma", "Ω": "Omega"}
ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0307": ".", "\u0308": '"'}
ACCENTS |= {"\u0306": "u", "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c"}
UNBROKEN = 24  # letters after which a long word may break
TOLD = 3  # signs in a row that are told by number
PIECES = re.compile(r"[^\S\u00a0\u2009\u202f]+|\S|[\u00a0\u2009\u202f]")


def escaped(text: str) -> str:
    """Plain text on one line; a sign that LaTeX's own fonts lack is told by its number, as in [U+1F9EA]."""
    return "".join(_signs(text))


def _signs(text: str) -> Iterator[str]:
    unknown: list[str] = []
    length = 0
    for piece in PIECES.findall(unicodedata.normalize("NFC", text)):
        sign = " " if piece.isspace() and piece not in SIGNS else _sign(piece)
        if sign is None:
            unknown.append(f"U+{ord(piece):04X}")
            continue
        yield from _told(unknown)
        unknown = []
        length = 0 if sign == " " else length + 1
        yield sign + (r"\allowbreak{}" if length and length % UNBROKEN == 0 else "")
    yield from _told(unknown)


def _told(unknown: list[str]) -> Iterator[str]:
    if unknown:
        more = r" \dots{}" if len(unknown) > TOLD else ""
        yield rf"\texttt{{{{[}}{' '.join(unknown[:TOLD])}{more}{{]}}}}\allowbreak{{}}"


def _sign(sign: str) -> str | None:
    """One sign; None where LaTeX has no way to set it."""
    if sign in SPECIAL:
        return SPECIAL[sign]
    if sign in SIGNS:
        return SIGNS[sign]
    if sign in MATHS:
        return rf"$\{MATHS[sign]}$"
    if " " <= sign <= "~":
        return sign
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in ACCENTS:
        return rf"\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    return None


def inline(runs: Inline) -> str:
    """Runs in their manners."""
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    text = escaped(run.text)
    for command, is_so in (
        ("textbf", run.strong),
        ("emph", run.emphasised),
        ("texttt", run.code),
        ("textsuperscript", run.raised),
    ):
        text = rf"\{command}{{{text}}}" if is_so else text
    return text
