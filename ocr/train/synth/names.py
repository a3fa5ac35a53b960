"""Names of people, and what addresses have below the county, drawn from tables: ``data``, made by ``scripts/names``."""

from __future__ import annotations

import random
from functools import cache
from importlib.resources import files
from itertools import accumulate

__all__ = ["full_name", "residence"]

COMPOUND = 0.02
"""So many surnames are of two characters."""
MINORITY = 0.05
"""So many names are transliterated."""
UYGHUR = (
    "买买提 艾合买提 阿卜杜拉 阿不都热合曼 阿布都外力 吐尔逊 吐尔洪 艾尼瓦尔 玉素甫 买合木提 依明 依布拉音 艾山 沙吾提 托合提 库尔班 肉孜 尼亚孜 居马 艾力 "
    "亚森 阿力木 木拉提 地力夏提 艾克拜尔 帕尔哈提 阿依古丽 古丽娜尔 迪丽努尔 热依汗 帕提古丽 阿孜古丽 米热古丽 茹仙古丽 祖丽胡玛尔 热孜万古丽 布威海丽且木 "
    "再同古丽 阿曼古丽 哈力旦 帕夏 阿米娜 阿依夏木 麦合木提 伊力亚尔 阿地力 麦麦提江 图尔荪 喀斯木 奥斯曼 乌斯曼 萨迪尔 赛买提 衣米提 热合木 卡德尔 铁木尔"
).split()
KAZAKH = (
    "努尔兰 叶尔兰 叶尔肯 哈力木别克 别克 巴合提 胡安别克 加尔肯 沙尔合提 托列吾 波拉提 赛力克 马木尔 阿依丁 木拉提别克 古丽扎 阿依努尔 萨吾列 库丽 巴哈尔 居马别克 "
    "恰勒哈尔 哈里 贾合斯 革命别克 阿斯哈尔 黑扎提 达列力 阿黑 塔拉甫"
).split()
TIBETAN = (
    "扎西 多吉 次仁 卓玛 央金 拉姆 旦增 丹增 平措 格桑 尼玛 达瓦 白玛 洛桑 索朗 普布 巴桑 边巴 拉巴 米玛 德吉 仁青 强巴 顿珠 罗布 旺堆 旺姆 曲珍 曲扎 加措 "
    "云丹 贡布 益西 晋美 江白 土登 次旦 仓决 措姆 桑珠 欧珠 嘎玛 群培 伦珠 坚参 才让 华旦 当周 完么 更登"
).split()
MONGOLIAN = (
    "巴特尔 其其格 乌兰 格日勒 那仁 苏和 宝音 青格勒 斯琴 高娃 萨仁 图雅 哈斯 乌云 阿拉坦 巴雅尔 朝鲁 孟和 牧仁 布赫 毕力格 特木尔 额尔敦 呼和 娜仁 托娅 "
    "塔娜 乌日娜 敖登 达来 巴图 吉日嘎拉 斯日古冷 查干 希吉日 道尔吉 苏日娜 通拉嘎 阿木古楞 照日格图 那顺 布仁 满都拉 陶格陶"
).split()
YI = (
    "吉克 沙马 曲比 阿牛 吉木 马海 阿尔 的日 俄木 阿苦 勒格 吉伍 尔古 海来 石一 苏呷 木呷 阿依 日则 伍呷 尔哈 拉者 木果 阿呷 子哈 什布 约布 古子 "
    "布尔 说日 里铁 友古 拉且 史古 惹古 依洛 有铁"
).split()
ROADS = (
    "人民 解放 中山 建设 和平 新华 胜利 光明 文化 团结 振兴 长江 黄河 北京 南京 上海 广州 青年 五一 八一 工农 工业 科技 学府 体育 公园 车站 站前 迎宾 环城 滨河 沿江 "
    "湖滨 朝阳 东风 红旗 前进 友谊 民主 民生 民族 幸福 康乐 健康 平安 兴隆 兴业 创业 开发 发展 富强 繁荣 昌盛 南湖 东湖 西湖 北湖 龙泉 凤凰 金山 银河 天山 昆仑 "
    "泰山 华山 嵩山 衡山 黄山 珠江 松花江 嘉陵 岷江 府前 县前 衙门 鼓楼 钟楼 城隍庙 文昌 孔庙 书院 贡院 粮库 盐业 铁路 机场 港口 码头 渔港 水厂 电厂 钢铁 纺织 机械 "
    "化工 农机 供销 教育 师范 医院 花园 桃园 梨园 杏林 柳荫 槐树 榕树 梧桐 樱花 芙蓉 牡丹 荷花 紫荆 玉兰 丹桂"
).split()
WAYS = "路 路 路 路 街 街 大街 大道 巷 胡同 弄 里 横街 东路 西路 南路 北路 中路 一路 二路 东街 西街 南街 北街 新村 支路".split()
ESTATES = "花园 小区 新村 家园 公寓 花苑 华庭 名城 嘉园 雅苑 新苑 山庄 大院 宿舍 家属院 安置小区 广场 大厦 豪庭 丽景 国际城 湾 府 里".split()
HOUSES = "上下东西南北前后大小新老高平石龙凤白黄青金水杨李王张陈刘周赵柳松竹梅马牛塘湾坪坝冲岭坑头尾角"
FLOCKS = "组 组 组 社 队 生产队 村民小组 屯 牧业队 连".split()


@cache
def _surnames() -> tuple[list[str], list[float], list[str]]:
    """Those of one character with their cumulated weights by rank (Zipf, Mandelbrot), and those of two."""
    listed = _table("surnames.txt")
    single = [surname for surname in listed if len(surname) == 1]
    weights = list(accumulate(1 / (rank + 4) for rank in range(len(single))))
    return single, weights, [surname for surname in listed if len(surname) > 1]


@cache
def _given() -> tuple[list[str], list[list[float]]]:
    """Characters, and their cumulated weights alone, as the first and as the second of two."""
    rows = [line.split("\t") for line in _table("given.tsv")]
    return [row[0] for row in rows], [list(accumulate(int(row[k]) + 0.05 for row in rows)) for k in (1, 2, 3)]


@cache
def _table(file: str) -> tuple[str, ...]:
    text = (files(__package__) / "data" / file).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def full_name(rng: random.Random) -> str:
    """A name: surname and given name of a Han, or a transliterated one, some of two parts with a dot between."""
    if rng.random() < MINORITY:
        return _transliterated(rng)
    single, weights, double = _surnames()
    surname = rng.choice(double) if rng.random() < COMPOUND else rng.choices(single, cum_weights=weights)[0]
    characters, (alone, first, second) = _given()

    def one(weights: list[float]) -> str:
        return rng.choices(characters, cum_weights=weights)[0]

    if rng.random() < 0.16:
        return surname + one(alone)
    begin = one(first)
    return surname + begin + (begin if rng.random() < 0.02 else one(second))


def _transliterated(rng: random.Random) -> str:
    kind = rng.choices(("uyghur", "kazakh", "tibetan", "mongolian", "yi"), (0.4, 0.12, 0.2, 0.18, 0.1))[0]
    if kind == "uyghur":
        return f"{rng.choice(UYGHUR)}{rng.choice(('', '', '江'))}·{rng.choice(UYGHUR)}"
    if kind == "kazakh":
        return f"{rng.choice(KAZAKH)}·{rng.choice(KAZAKH)}"
    if kind == "yi":
        return f"{rng.choice(YI)}{rng.choice(YI)}"
    parts = rng.sample(TIBETAN if kind == "tibetan" else MONGOLIAN, rng.choice((1, 2, 2)) if kind != "tibetan" else 2)
    return "".join(parts)


def residence(rng: random.Random) -> str:
    """What an address says below the county: road and house in towns, village and house in the country."""
    town = rng.choice(_table("towns.txt")) if rng.random() < 0.6 else ""
    if rng.random() < 0.5:
        village = rng.choice(_table("villages.txt"))
        group = rng.choice(
            ("", "", f"{rng.randint(1, 30)}{rng.choice(FLOCKS)}", f"第{rng.choice('一二三四五六七八九十')}组")
        )
        hamlet = "".join(rng.sample(HOUSES, 2)) + rng.choice(("", "屯", "庄", "组")) if rng.random() < 0.15 else ""
        return f"{town}{village}{hamlet or group}{_number(rng)}"
    road = (rng.choice(ROADS) if rng.random() < 0.6 else _stem(rng)) + rng.choice(WAYS)
    return f"{town if rng.random() < 0.3 else ''}{road}{_number(rng)}{_home(rng)}"


def _stem(rng: random.Random) -> str:
    """The name of a village or a town without what it is."""
    place = rng.choice(_table(rng.choice(("towns.txt", "villages.txt"))))
    for kind in ("街道", "社区", "村", "镇", "乡"):
        place = place.removesuffix(kind)
    return place[:4]


def _number(rng: random.Random) -> str:
    number = rng.choice((rng.randint(1, 99), rng.randint(1, 400), rng.randint(1, 3000)))
    return f"{number}号" + (f"附{rng.randint(1, 30)}号" if rng.random() < 0.08 else "")


def _home(rng: random.Random) -> str:
    """An estate, a building, a staircase, a flat, or none of them."""
    if rng.random() < 0.3:
        return ""
    estate = _stem(rng)[:3] + rng.choice(ESTATES) if rng.random() < 0.5 else ""
    floor, building, stairs = rng.randint(1, 33), rng.randint(1, 60), rng.randint(1, 8)
    flat = f"{floor}{rng.randint(1, 12):02d}"
    return estate + rng.choice(
        (
            f"{building}栋{flat}室", f"{building}栋{stairs}单元{flat}号", f"{building}号楼{stairs}单元{flat}室", f"{building}幢{flat}室",
            f"{building}幢{stairs}单元{flat}", f"{building}-{stairs}-{flat}", f"{building}楼{stairs}门{flat}号", f"{building}座{flat}房", flat,
        )
    )  # fmt: skip
