"""Invented people for synthetic identity cards: values that agree with each other and belong to nobody."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache

from ocr.idcard.card import LONG_TERM
from ocr.idcard.checks import ethnicities, spans_for
from ocr.idcard.divisions import Division, divisions
from ocr.idcard.number import CHARACTERS, check_character

__all__ = ["TODAY", "invent", "misprinted"]

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏"
    "付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "令狐")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文国志新春梅海燕雪峰宇浩然子涵欣怡梓轩雨晨嘉琪思远博瑞佳慧颖晓东晖宁"
    "婷倩琳璐瑶琴凤莲珍珠翠云飞龙虎鹏翔凯旋帆航舟晴朗月星辰光耀辉煌昊天翼德义仁信忠诚恩惠和谐安康福寿禄喜庆祥瑞民庭彦哲睿"
)
FOREIGN = ("阿卜杜拉·买买提", "古丽娜尔·艾山", "迪丽努尔·吐尔逊", "买买提江·玉素甫", "扎西·多吉", "其其格·巴雅尔")
PLACES = "东西南北中大小上下新老高平安永兴福龙凤金银石青白红黄水山河江湖林杨柳松竹梅桃李王张陈刘马牛羊"
MUNICIPALITIES = ("11", "12", "31", "50")
NEWEST, ZONES = "202306", "71"
"""The last edition of the division codes; from these last digits on they are zones of statistics, on no card."""
TODAY = date(2026, 1, 1)
"""Fixed, so that a seed draws the same person in any year."""


@cache
def _counties() -> tuple[tuple[str, Division], ...]:
    """Counties and districts of today with the names above them."""
    newest = {code: next((row for row in rows if row.last == NEWEST), None) for code, rows in divisions().items()}
    found = []
    for code, row in newest.items():
        province, prefecture = newest.get(f"{code[:2]}0000"), newest.get(f"{code[:4]}00")
        if row is not None and province is not None and not code.endswith("00") and code[4:] < ZONES:
            direct = code[:2] in MUNICIPALITIES or code[2] == "9"
            if direct or prefecture is not None:
                found.append((province.name + ("" if direct or prefecture is None else prefecture.name), row))
    return tuple(found)


def invent(rng: random.Random) -> dict[str, str]:
    """Values of all nine fields, consistent, as :class:`ocr.idcard.card.IdCard` states them."""
    above, county = rng.choice(_counties())
    sex = rng.choice("男女")
    birth = TODAY - timedelta(days=rng.randint(365, 365 * 85))
    earliest = max(date(2004, 4, 1), birth + timedelta(days=30))
    issued = earliest + timedelta(days=rng.randrange((TODAY - earliest).days or 1))
    issued = issued.replace(day=min(issued.day, 28))
    age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
    years = spans_for(age)[0]
    sequence = 2 * rng.randrange(500) + (sex == "男")
    stem = f"{county.code}{birth:%Y%m%d}{sequence:03}"
    return {
        "name": _name(rng),
        "sex": sex,
        "ethnicity": "汉" if rng.random() < 0.5 else rng.choice(ethnicities()[:56]),
        "birth": birth.isoformat(),
        "address": above + county.name + _street(rng),
        "number": stem + check_character(stem),
        "issuer": _authority(rng, above, county),
        "valid_from": issued.isoformat(),
        "valid_to": LONG_TERM if years is None else issued.replace(year=issued.year + years).isoformat(),
    }


def misprinted(rng: random.Random, values: dict[str, str]) -> dict[str, str]:
    """The values with one fault on the front: a wrong check character, or a birth or a sex that the number denies."""
    number, fault = values["number"], rng.choice(("number", "birth", "sex"))
    if fault == "number":
        return values | {"number": number[:-1] + rng.choice([c for c in CHARACTERS if c != number[-1]])}
    if fault == "sex":
        return values | {"sex": "女" if values["sex"] == "男" else "男"}
    other = date.fromisoformat(values["birth"]) - timedelta(days=rng.choice((1, 10, 31, 365, 3653)))
    return values | {"birth": other.isoformat()}


def _name(rng: random.Random) -> str:
    if rng.random() < 0.03:
        return rng.choice(FOREIGN)
    surname = rng.choice(COMPOUND) if rng.random() < 0.03 else rng.choice(SURNAMES)
    return surname + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2, 2))))


def _place(rng: random.Random) -> str:
    return "".join(rng.sample(PLACES, rng.choice((2, 2, 3))))


def _street(rng: random.Random) -> str:
    if rng.random() < 0.5:
        group = rng.choice(("", f"{rng.randint(1, 20)}组"))
        return f"{_place(rng)}{rng.choice(('镇', '乡'))}{_place(rng)}村{group}{rng.randint(1, 300)}号"
    home = f"{rng.randint(1, 40)}栋{rng.randint(1, 6)}单元{rng.randint(1, 33)}0{rng.randint(1, 8)}室"
    return f"{_place(rng)}{rng.choice(('路', '街', '大道', '巷'))}{rng.randint(1, 999)}号{rng.choice(('', home))}"


def _authority(rng: random.Random, above: str, county: Division) -> str:
    city = above[above.find("省") + 1 :] if "省" in above else above
    if county.name.endswith("区") and city.endswith("市") and rng.random() < 0.6:
        return f"{city}公安局{county.name.removesuffix('区')}分局"
    return f"{county.name if county.name.endswith(('县', '市')) else city + county.name}公安局"
