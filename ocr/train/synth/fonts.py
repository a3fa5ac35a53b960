"""Fonts for drawing synthetic text: found in folders, sorted into kinds, weighted by how often documents use them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError
from PIL import ImageFont, features

__all__ = ["HAN", "LATIN", "OLD_FIGURES", "Font", "FontBook", "Script"]

SUFFIXES = {".ttf", ".otf", ".woff", ".woff2", ".ttc"}
REQUIRED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-:/()")

OLD_FIGURES = ("onum", "-liga", "-clig")
"""OpenType features that set figures with ascenders and descenders, and no ligatures."""
LIGATURES = ("liga", "kern")
"""OpenType features that join letters, as programs set text: fi, fl, ff."""
FACES_TRIED = 60
"""Faces drawn before a line that should be italic, or have old-style figures, is set in another one."""

# Symbol fonts, outlines, capitals only, fonts for other scripts, and fonts whose letters look like other letters.
UNSUITABLE = re.compile(
    r"aenigma|symbol|dingbat|emoji|braille|math|initials|keyboard|fill[12]|outline|stix(int|siz|var|non)|flow|redacted"
    r"|barcode|D050000L|Zainer|Ptolemy|noto(sans|serif)(?!-|mono|display)|Standard ?Symbols|/X11/|wargames|fontdiner"
    r"|staypuft|spira|guseul|eunjin|penguin|marked|Parix|Quercus|Jara\b|Jessen|It_wasn|Junkyard|Rusch|Sweyn|Schoeffer"
    r"|SC700|systematic|unifur|ScrawL|Ellhnik|tlwg/(Kinnari|Norasi|Purisa)|looped|TeXGyreChorus|porson|teluguv",
    re.IGNORECASE,
)

KINDS: tuple[tuple[str, str, float], ...] = (  # kind, pattern for the path, share of drawn lines; the first match wins
    ("blackletter", r"fraktur|pirata|grenze|gotico|isabella|missaal|gothic-?text|blackletter", 0.005),
    ("script", r"caveat|homemade|haviland|scrawl|comic|humor|chancery|Z003|domestic|tomson|hamlet", 0.02),
    ("pixel", r"vt323|press-start|silkscreen|dotgothic|glasstty|3270|terminus|dot ?matrix|visitor|pixel|tt2020", 0.05),
    ("ocr", r"ocr-?[ab]", 0.02),
    (
        "typewriter",
        r"courier|cousine|typewriter|special-elite|cutive|cursor|tlwg(typo|mono|typist)|nimbusmono|lmmono"
        r"|prestige|compagnon|FreeMono|cmuntt|cmtt|cmunbt|GNUTyp|nimbusmonops",
        0.20,
    ),
    ("mono", r"mono|hack|inconsolata|(?<!ni)code|consol|firacode|agave|fantasque", 0.08),
    (
        "display",
        r"anton|bebas|bowlby|alfa|abril|fatface|roadgeek|jura|dosis|okolaks|eurofurence|league-?spartan|title"
        r"|mekanus|tribun|train|radis|solide|millimetre|summersby|compagnon|major|kelly|syne|dustin",
        0.03,
    ),
    ("condensed", r"condensed|narrow|cond\b|[a-z]cn\b|yanone|oswald|saira|heroscn", 0.06),
    (
        "serif",
        r"serif|roman|times|tinos|termes|garamond|caslon|baskerv|bodoni|didot|century|schola|C059|bookman|bonum|P052"
        r"|pagella|palladio|gentium|charis|doulos|libertine|libertinus|cardo|junicode|elstob|goudy|fell|crimson|lora|merri"
        r"|playfair|bitter|arvo|rokkitt|slab|spectral|gelasio|domine|cormorant|vollkorn|prata|caladea|quattrocento|stix"
        r"|oldstandard|old-standard|fanwood|lindenhill|linden|essays|accanthis|berenis|oldania|romande|artemisia|arapey"
        r"|prociono|lmroman|cmun|lmr|museum|joscelyn|yrsa|rasa|thryomanes|averiaserif|nimbusroman|indun|zilla",
        0.36,
    ),
    ("sans", r".", 0.175),
)


HAN_KINDS: tuple[tuple[str, str, float], ...] = (
    ("round", r"maru|round|cwyen|huninn|Sans(CJK)?-?Thin", 0.08),
    ("fangsong", r"fang", 0.08),
    ("kai", r"kai", 0.16),
    ("mono", r"mono", 0.02),
    ("song", r"song|sung|serif|uming|gbsn|bsmi|babelstone|hanamin", 0.38),
    ("hei", r".", 0.30),
)


@dataclass(frozen=True, slots=True)
class Script:
    """Which faces can draw a script.

    Attributes:
        required: characters that a face must have.
        kinds: kind, pattern for the path and share of drawn lines; the first match wins.
        unsuitable: pattern for the paths of faces to leave out.
        probe: characters that together reach from the top of the type to its bottom.
        index: of the face in a collection (.ttc).
    """

    required: frozenset[str]
    kinds: tuple[tuple[str, str, float], ...]
    unsuitable: re.Pattern[str]
    probe: str
    index: int = 0


LATIN = Script(REQUIRED, KINDS, UNSUITABLE, "bdfhklgjpqy")
HAN = Script(
    frozenset("的一是在不了有和人中大上我以要他，。0123456789"),  # Japanese and traditional Chinese faces qualify, too
    HAN_KINDS,
    re.compile(r"braille|Ext-B|Plus-98|HanaMinB|emoji|/droid-fallback/|Mono(CJK|-)", re.IGNORECASE),
    "國黑高鬼",
    2,  # Noto collections hold Japanese, Korean, simplified Chinese, ...
)


@dataclass(frozen=True, slots=True)
class Font:
    """A typeface.

    Attributes:
        path: the font file.
        kind: a kind of its script's ``kinds``.
        covers: the characters that it can draw, out of those asked for.
        index: of the face in a collection.
        probe: characters to measure its height by.
        italic: whether it is slanted.
        old_figures: whether it has figures with ascenders and descenders (OpenType ``onum``).
        ligatures: whether it joins letters (OpenType ``liga``).
        features: OpenType features that are switched on; none: characters are set one by one.
    """

    path: str
    kind: str
    covers: frozenset[str]
    index: int = 0
    probe: str = LATIN.probe
    italic: bool = False
    old_figures: bool = False
    ligatures: bool = False
    features: tuple[str, ...] = ()

    @property
    def hairline(self) -> bool:
        """Whether its strokes are too thin for print: such faces are drawn with a round pen, as rounded ones."""
        return self.kind == "round" and "thin" in self.path.lower()

    def can_draw(self, text: str) -> bool:
        """Whether every character has a glyph."""
        return all(c in self.covers or c == " " for c in text)

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at a pixel size."""
        return _load(self.path, size, self.index, bool(self.features))

    def with_old_figures(self) -> Font:
        """The face with its figures that have ascenders and descenders, or as it is where it has none."""
        return replace(self, features=OLD_FIGURES) if self.old_figures else self

    def with_ligatures(self) -> Font:
        """The face with its ligatures, or as it is where it has none or other features are on."""
        return replace(self, features=LIGATURES) if self.ligatures and not self.features else self


@lru_cache(maxsize=512)
def _load(path: str, size: int, index: int, shaped: bool) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(path, size, index=index, layout_engine=engine)


class FontBook:
    """All usable faces in some folders.

    Args:
        folders: searched recursively, in sorted order so that a seed always draws the same faces.
        characters: the recogniser's charset; coverage is recorded for these only.
        script: the script to draw.

    Raises:
        FileNotFoundError: no face in the folders can draw the script.
    """

    def __init__(self, folders: Sequence[Path], characters: str, script: Script = LATIN) -> None:
        self.kinds: dict[str, dict[str, list[Font]]] = {kind: {} for kind, _, _ in script.kinds}
        seen: set[str] = set()
        for path in sorted(p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
            if script.unsuitable.search(str(path)) or path.name in seen:
                continue
            font = _inspect(path, frozenset(characters), script)
            if font is not None:
                seen.add(path.name)
                self.kinds[font.kind].setdefault(path.stem[:6].lower(), []).append(font)
        self.kinds = {kind: families for kind, families in self.kinds.items() if families}
        if not self.kinds:
            raise FileNotFoundError(
                f"no usable font under {', '.join(map(str, folders))}; install some: apt install fonts-dejavu"
            )
        self.weights = [next(w for k, _, w in script.kinds if k == kind) for kind in self.kinds]

    def __len__(self) -> int:
        return sum(len(faces) for families in self.kinds.values() for faces in families.values())

    def draw(self, rng: random.Random, *, italic: bool = False, old_figures: bool = False) -> Font:
        """A random face: a kind by its share, then one of its families, then one of the family's faces.

        Args:
            rng: source of randomness.
            italic: draw anew, some times, until the face is slanted.
            old_figures: draw anew, some times, until the face has figures with ascenders and descenders, and use them.
        """
        for _ in range(FACES_TRIED):
            kind = rng.choices(list(self.kinds), self.weights)[0]
            face = rng.choice(self.kinds[kind][rng.choice(list(self.kinds[kind]))])
            if (face.italic or not italic) and (face.old_figures or not old_figures):
                break
        return face.with_old_figures() if old_figures else face


def _inspect(path: Path, characters: frozenset[str], script: Script) -> Font | None:
    try:
        index = min(script.index, _faces(path) - 1)
        # fontTools closes no file that it fails to parse.
        with path.open("rb") as file, TTFont(file, lazy=True, fontNumber=index) as face:
            covers = frozenset(c for c in map(chr, face.getBestCmap() or ()) if c in characters)
            italic = "post" in face and face["post"].italicAngle != 0
            offered = _features(face) if features.check("raqm") else set()
        if not covers >= script.required:
            return None
        drawn = ImageFont.truetype(str(path), 32, index=index, layout_engine=ImageFont.Layout.BASIC)
        if drawn.getbbox("l") == drawn.getbbox("o") or drawn.getlength("mmmm") < 20:
            return None
    except (OSError, ValueError, KeyError, AttributeError, AssertionError, TTLibError):
        return None  # damaged and exotic font files are passed over
    kind = next(k for k, pattern, _ in script.kinds if re.search(pattern, "/".join(path.parts[-3:]), re.IGNORECASE))
    return Font(str(path), kind, covers, index, script.probe, italic, "onum" in offered, "liga" in offered)


def _features(face: TTFont) -> set[str]:
    """Tags of the substitutions that a face offers."""
    table = face["GSUB"].table.FeatureList if "GSUB" in face else None
    return {record.FeatureTag for record in table.FeatureRecord} if table else set()


def _faces(path: Path) -> int:
    """Number of faces in a font file."""
    if path.suffix.lower() != ".ttc":
        return 1
    with path.open("rb") as file, TTCollection(file, lazy=True) as collection:
        return len(collection)
