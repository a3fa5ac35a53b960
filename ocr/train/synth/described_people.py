"""Values of invented people for cards that have a description, by kind; numbers pass the checks of their kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from ocr.idcard.number import check_character
from ocr.idcard.number_checks import CHECKS
from ocr.train.synth.names import full_name
from ocr.train.synth.people import TODAY

__all__ = ["INVENT", "invented"]

Values = dict[str, str]

SYLLABLES = (
    "AN BAO BIN CHEN CHUN DA DONG FANG FEI GANG GUO HAI HAO HONG HUA JIA JIAN JIE JING JUN KAI LAN LEI LI LIANG LIN "
    "MEI MIN NA NING PENG PING QIANG QING RONG RUI SHAN SHENG SHU TAO TING WEI WEN XIANG XIN XUE YAN YANG YI YING YU "
    "YUAN ZHEN ZHI"
).split()
ROMANISED = "CHAN CHEUNG CHOW FUNG HO HUI IP KWOK LAM LAU LEE LEUNG LO MAK NG POON SIU TANG TSANG WONG YEUNG".split()
GIVEN = "Chi Fai Hoi Ka Kin Kit Kwok Lai Mei Ming Man On Pui Sau Shuk Siu Tai Tsz Wai Wing Yan Yee Yuk Hing".split()
PORTUGUESE = (
    "DA SILVA,DOS SANTOS,FERREIRA,PEREIRA,OLIVEIRA,RODRIGUES,LEI,WONG,CHAN,IEONG,KUONG,CHEANG,LAO,HOI,VONG,SOU"
).split(",")
TRADITIONAL = (
    "陳 李 黃 張 梁 林 王 吳 劉 鄭 何 羅 葉 馮 許 鄧 蔡 曾 朱 周 謝 郭 蘇 馬 楊 譚 盧 曹 呂 潘",
    "家 文 志 偉 明 德 國 華 永 嘉 俊 傑 慧 敏 玉 麗 秀 美 詩 子 曉 樂 思 浩 天 婷 欣 潔 英 強 輝 榮 健 芳 琪 穎 頌 恩",
)
COUNTRIES = (
    ("USA", "840"), ("CAN", "124"), ("GBR", "826"), ("FRA", "250"), ("DEU", "276"),
    ("AUS", "036"), ("JPN", "392"), ("KOR", "410"), ("SGP", "702"), ("ITA", "380"),
)  # fmt: skip
WESTERN = "MILLER JOHNSON TREMBLAY DUPONT SCHNEIDER ROSSI TANAKA KIM GARCIA ANDERSON WILSON MARTIN HUGHES".split()
FIRST = "ANNA BRIAN CLAIRE DAVID ELENA FRANK GRACE HENRY IRENE JAMES KAREN LOUIS MARIA OSCAR PETER RACHEL".split()
PROVINCES = "11 12 31 32 33 35 37 42 44 50 51 61".split()
ISSUERS = ("公安部出入境管理局", "国家移民管理局", "中华人民共和国出入境管理局")


def _day(rng: random.Random, first: date, last: date) -> date:
    day = first + timedelta(days=rng.randrange((last - first).days))
    return day.replace(day=min(day.day, 28))


def _person(rng: random.Random) -> tuple[Values, date, date]:
    """Sex, date of birth and a day of issue."""
    birth = _day(rng, date(1940, 1, 1), date(2012, 1, 1))
    issued = _day(rng, max(date(2018, 1, 1), birth + timedelta(days=365)), TODAY)
    return {"sex": rng.choice("男女"), "birth": birth.isoformat()}, birth, issued


def _pinyin(rng: random.Random) -> str:
    return f"{rng.choice(SYLLABLES)}, {''.join(rng.choices(SYLLABLES, k=rng.randint(1, 2)))}"


def _hong_kong(rng: random.Random) -> Values:
    values, _, issued = _person(rng)
    first, given = (part.split() for part in TRADITIONAL)
    letters = rng.choice(["A", "C", "D", "G", "H", "K", "M", "P", "R", "S", "Y", "Z", "WX", "XA"])
    stem = f"{letters}{rng.randrange(10**6):06}"
    number = next(n for n in (f"{stem}({c})" for c in "0123456789A") if CHECKS["Hong Kong check digit"](n, {}))
    return values | {
        "name": rng.choice(first) + "".join(rng.choices(given, k=2)),
        "name_latin": f"{rng.choice(ROMANISED)}, {' '.join(rng.choices(GIVEN, k=2))}",
        "issued": issued.isoformat(),
        "number": number,
    }


def _macau(rng: random.Random) -> Values:
    values, _, issued = _person(rng)
    digits = f"{rng.choice('157')}{rng.randrange(10**7):07}"
    number = rng.choice((f"{digits[:7]}({digits[7]})", f"{digits[0]}/{digits[1:7]}/{digits[7]}"))
    return values | {
        "surname": rng.choice(PORTUGUESE),
        "given_names": " ".join(rng.choices([*FIRST, *(name.upper() for name in GIVEN)], k=2)),
        "issued": issued.isoformat(),
        "valid_to": issued.replace(year=issued.year + rng.choice((5, 10))).isoformat(),
        "number": number,
    }


def _permit(rng: random.Random) -> Values:
    values, birth, issued = _person(rng)
    years = 10 if issued.year - birth.year > 18 else 5
    return values | {
        "name": full_name(rng),
        "name_latin": _pinyin(rng),
        "valid_from": issued.isoformat(),
        "valid_to": issued.replace(year=issued.year + years).isoformat(),
        "issuer": rng.choice(ISSUERS),
        "times_issued": f"{rng.randint(1, 9):02}",
    }


def _hong_kong_permit(rng: random.Random) -> Values:
    renewed = f"{rng.randrange(9):02}" if rng.random() < 0.3 else ""
    return _permit(rng) | {"number": f"{rng.choice('HM')}{rng.randrange(10**8):08}{renewed}"}


def _taiwan_permit(rng: random.Random) -> Values:
    return _permit(rng) | {"number": f"{rng.randrange(10**8):08}"}


def _foreign(rng: random.Random) -> Values:
    values, birth, issued = _person(rng)
    country, code = rng.choice(COUNTRIES)
    if rng.random() < 0.5:
        number = f"{country}{rng.choice(PROVINCES)}00{birth:%y%m%d}{rng.randrange(100):02}"
    else:
        stem = f"9{rng.choice(PROVINCES)}{code}{birth:%Y%m%d}{rng.randrange(1000):03}"
        number = stem + check_character(stem)
    return values | {
        "name_latin": f"{rng.choice(WESTERN)}, {rng.choice(FIRST)}",
        "name": full_name(rng),
        "nationality": country,
        "valid_from": issued.isoformat(),
        "valid_to": issued.replace(year=issued.year + 10).isoformat(),
        "number": number,
    }


def _bank(rng: random.Random) -> Values:
    start, length = rng.choice((("62", 19), ("62", 16), ("4", 16), ("5", 16), ("37", 15)))
    stem = start + "".join(rng.choices("0123456789", k=length - len(start) - 1))
    number = next(n for n in (stem + c for c in "0123456789") if CHECKS["payment card"](n, {}))
    return {"number": number, "valid_to": f"20{rng.randint(26, 34)}-{rng.randint(1, 12):02}"}


INVENT: Mapping[str, Callable[[random.Random], Values]] = {
    "hk-resident": _hong_kong, "mo-resident": _macau, "cn-permit-hk-mo": _hong_kong_permit,
    "cn-permit-tw": _taiwan_permit, "cn-foreign-resident": _foreign, "bank-card": _bank,
}  # fmt: skip


def invented(rng: random.Random, kind: str) -> Values:
    """Values of an invented person's card of a kind, as :class:`ocr.IdCard` states them."""
    return INVENT[kind](rng)
