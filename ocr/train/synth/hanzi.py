"""Chinese text to draw: prose, names, addresses, amounts, dates, forms, tables, and every rare character in turn."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ocr.errors import UsageError
from ocr.train.synth.names import full_name, residence
from ocr.train.synth.people import invent
from ocr.train.synth.text import UNITS, TextSource

__all__ = ["HanText"]

LABELS = (
    "姓名 性别 民族 出生 住址 公民身份号码 签发机关 有效期限 日期 地址 电话 联系人 邮编 单位 部门 职务 金额 合计 小计 总计 数量 单价 "
    "品名 型号 规格 编号 备注 说明 序号 名称 代码 重量 材质 颜色 产地 等级 批号 生产日期 保质期 检验员 审核 制表 收款人 "
    "付款人 开户银行 账号 税率 税额 价税合计 发票号码 发票代码 购买方 销售方 纳税人识别号 订单号 物流 客户 申请人 籍贯 学历 专业 "
    "毕业院校 工作经历 政治面貌 婚姻状况 联系电话 电子邮箱 证件类型 证件号码 注册资本 法定代表人 经营范围 成立日期 营业期限 "
    "登记机关 用途 附件 主题 抄送 密级 页码 版本 图 表 附录 第一章 目录 摘要 关键词 参考文献 收货人 发货人 病历号 科室 诊断 处方 医师 床号 "
    "开票人 复核 车牌号 品牌 里程 净重 毛重 传真 网址 邮政编码 收件人 寄件人 运单号 付款方式 交货日期 合同编号 甲方 乙方 签字 盖章 经办人 负责人 "
    "批准 校对 设计 制图 比例 图号 填表日期 出生地 户籍地址 健康状况 身高 体重 国籍 紧急联系人 与本人关系 受理编号 有效期至"
).split()
QUANTITIES = (
    "长度 宽度 高度 厚度 半径 直径 内径 外径 面积 体积 质量 密度 速度 加速度 转速 力 力矩 转矩 压力 应力 功 能量 功率 效率 频率 周期 温度 流量 "
    "电流 电压 电阻 电容 电感 电场强度 磁通量 波长 光通量 照度 声压级 浓度 角度 线膨胀系数 热导率 比热容 粘度 硬度 时间 距离"
).split()
"""Names of quantities: GB 3102."""
COMPANY = "有限公司 有限责任公司 股份有限公司 集团 厂 分公司 研究所 中心 银行 医院 大学 学院 派出所 公安局 商店 事务所 合作社".split()
TRADES = "科技 贸易 电子 机械 建筑 食品 医药 信息技术 物流 文化传媒 教育 咨询 化工 纺织 服装 餐饮 汽车 能源 环保 农业 投资".split()
DIGITS = "零一二三四五六七八九"
FORMAL = "零壹贰叁肆伍陆柒捌玖"
MEASURES = "个 件 台 套 箱 瓶 盒 米 吨 元 万元 亿元 公里 平方米 次 人 名 页 章 条 款 岁 年 个月 天 小时 分钟 度 千克 克 升 只 张".split()
SEPARATORS = ("", "", "", " ", " ", "、", "，", "/", "-", "·")
COMPOUND = (
    "N·m kN·m J/kg kg/m kg/m³ kg·m² mm² cm² cm³ m³ m³/h m³/s L/min mL/min mΩ kΩ MΩ Ω·m μm nm μF pF mH r/min V kV A mA mW W kW kV·A Hz kHz "
    "MHz GHz ° ℃ K Pa kPa MPa N kN N/m N/mm N/mm² m/s m/s² km/h rad/s dB lx lm cd mol/L g/mL W/(m·K) V/m kW·h mm cm kg g t min h % ‰"
).split()
"""Units of the SI and those used beside it: GB 3100."""
INCH = '"""″'
"""Mostly typed straight, as keys have it."""
STOPS = "，。、；：？！"
SIGNS = STOPS + string.digits + string.punctuation
NARROW = ".,:;'\"`!|()[]{}-，。：；、·“”‘’！"
PAIRS = ("“”", "《》", "（）", "()", "【】", "「」", "‘’", "〈〉", "〔〕", '""', "『』")
WIDE = {c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))}


class HanText:
    """Draws lines of Chinese, with Latin words, figures and both punctuations among it.

    Args:
        corpora: plain-text files in simplified characters.
        dictionary: ``word frequency ...`` a line.
        characters: what may be drawn; others are dropped.
        latin: where Latin words and lines come from.
    """

    def __init__(self, corpora: Sequence[Path], dictionary: Path, characters: str, latin: TextSource) -> None:
        self.allowed = frozenset(characters) | {" "}
        self.hanzi = [c for c in characters if "一" <= c <= "鿿"]
        self.marks = [c for c in characters if not ("一" <= c <= "鿿" or c.isascii() or c.isspace())]
        text = "\n".join(p.read_text(encoding="utf-8", errors="ignore") for p in corpora)
        self.prose = re.sub(r"[ \t　]+", " ", re.sub(r"\s*\n\s*", "\n", text))
        pairs = [line.split(" ")[:2] for line in dictionary.read_text(encoding="utf-8").split("\n") if " " in line]
        self.words = [w for w, _ in pairs if set(w) <= self.allowed]
        self.weights: list[float] = []
        total = 0.0
        for word, frequency in pairs:
            if set(word) <= self.allowed:
                total += float(frequency) ** 0.4
                self.weights.append(total)
        self.latin = latin
        self.makers: list[tuple[float, Callable[[random.Random], str]]] = [
            (0.36, self._prose), (0.13, self._rare), (0.06, self._words), (0.06, self._mixed), (0.07, self._person),
            (0.05, self._form), (0.05, self._table), (0.04, self._amount), (0.04, self._date), (0.03, self._company),
            (0.04, self._heading), (0.03, self._short), (0.04, self._latin), (0.07, self._technical),
            (0.03, self._jumble), (0.02, self._item), (0.03, self._quantity),
        ]  # fmt: skip

    def oftener(self, times: Mapping[str, float]) -> None:
        """Draw kinds of text so many times as often: ``{"rare": 3}``."""
        names = {maker.__name__.lstrip("_") for _, maker in self.makers}
        if unknown := sorted(set(times) - names):
            raise UsageError(f"no kind of text {unknown[0]!r}; there are {', '.join(sorted(names))}")
        self.makers = [(share * times.get(maker.__name__.lstrip("_"), 1), maker) for share, maker in self.makers]

    def line(self, rng: random.Random) -> str:
        """One line, 1 to about 50 characters, single spaces, only allowed characters."""
        make = rng.choices([m for _, m in self.makers], [w for w, _ in self.makers])[0]
        text = make(rng)
        if rng.random() < 0.03:  # full-width figures and letters, as old forms have them
            text = "".join(WIDE.get(c, c) for c in text)
        text = "".join(c for c in text if c in self.allowed)
        return re.sub(" +", " ", text).strip()[:64].strip() or rng.choice(self.hanzi)

    def _run(self, rng: random.Random, length: int) -> str:
        start = rng.randrange(max(1, len(self.prose) - length))
        return self.prose[start : start + length].replace("\n", "")

    def _prose(self, rng: random.Random) -> str:
        text = self._run(rng, int(rng.triangular(3, 46, 24)))
        if rng.random() < 0.15 and len(text) > 6:
            pair = rng.choice(PAIRS)
            at = rng.randrange(len(text) - 3)
            end = min(len(text), at + rng.randint(2, 8))
            text = text[:at] + pair[0] + text[at:end] + pair[1] + text[end:]
        if rng.random() < 0.25 and text:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(STOPS) + text[at:]
        if rng.random() < 0.12 and text:
            at = rng.randrange(len(text))
            text = text[:at] + self._figure(rng) + text[at:]
        return text

    def _rare(self, rng: random.Random) -> str:
        """Every character as often as any other, now and then with signs and figures between."""
        text = "".join(rng.choices(self.hanzi, k=rng.choice([1, 2, 3, 4, 6, 8, 10, 12, 16])))
        if rng.random() < 0.2:
            at = rng.randint(0, len(text))
            text = text[:at] + "".join(rng.choices(SIGNS, k=rng.randint(1, 6))) + text[at:]
        return text

    def _item(self, rng: random.Random) -> str:
        """An item of a list: its mark, a space, prose."""
        mark = (
            rng.choice("––-•·●○■□◆▪*—★→》>")
            if rng.random() < 0.7
            else rng.choice(("1)", "a)", "(3)", "2.", "（二）", "iv."))
        )
        return f"{mark} {self._run(rng, rng.randint(2, 20)).strip()}"

    def _jumble(self, rng: random.Random) -> str:
        """Characters, figures, letters and signs in short runs: nothing beside a colon tells that it is one."""
        pools: tuple[Sequence[str], ...] = (
            self.hanzi,
            string.digits,
            string.ascii_letters,
            string.punctuation,
            SIGNS,
            NARROW,
        )
        shares = (0.45, 0.15, 0.05, 0.15, 0.08, 0.12)
        runs = (rng.choices(rng.choices(pools, shares)[0], k=rng.randint(1, 5)) for _ in range(rng.randint(2, 7)))
        return "".join(c for run in runs for c in run)

    def _word(self, rng: random.Random) -> str:
        return rng.choices(self.words, cum_weights=self.weights)[0]

    def _words(self, rng: random.Random) -> str:
        return rng.choice(SEPARATORS).join(self._word(rng) for _ in range(rng.randint(1, 7)))

    def _mixed(self, rng: random.Random) -> str:
        """Latin terms among Chinese, with and without spaces around them."""
        space, parts = rng.choice(["", "", " "]), []
        for _ in range(rng.randint(1, 4)):
            term = rng.choice([self.latin.line(rng).split(" ")[0], rng.choice(self.latin.words), self._code(rng)])
            parts += [self._run(rng, rng.randint(1, 8)).strip(), term[:16]]
        if rng.random() < 0.5:
            parts.append(self._run(rng, rng.randint(1, 8)).strip())
        return space.join(parts)

    def _figure(self, rng: random.Random) -> str:
        n = rng.choice([rng.randint(0, 9), rng.randint(0, 99), rng.randint(0, 9999), rng.randint(0, 10**7)])
        forms = (str(n), f"{n:,}", f"{n / 100:.2f}", f"{n / 10:.1f}%", f"{n}%", f"-{n}", f"¥{n / 100:.2f}", f"￥{n}")
        return rng.choice(forms)

    def _code(self, rng: random.Random) -> str:
        pool = rng.choice([string.digits, string.ascii_uppercase, string.ascii_uppercase + string.digits])
        parts = ["".join(rng.choices(pool, k=rng.randint(1, 6))) for _ in range(rng.randint(1, 3))]
        return rng.choice(["-", "", "/", ".", "_", "×", "*"]).join(parts)

    def _person(self, rng: random.Random) -> str:
        """A field of an invented person's identity card, alone or with its label."""
        values = invent(rng)
        year, month, day = map(int, values["birth"].split("-"))
        sex, ethnicity, address, number = (values[key] for key in ("sex", "ethnicity", "address", "number"))
        validity = "-".join(values[key].replace("-", ".") for key in ("valid_from", "valid_to"))
        digits = "".join(rng.choice(string.digits) for _ in range(17)) + rng.choice("0123456789X")
        value, label = rng.choice([
            (values["name"], "姓名"), (self._name(rng), "姓名"), (ethnicity, "民族"), (sex, "性别"), (address, "住址"),
            (address, ""), (number, "公民身份号码"), (digits, "公民身份号码"), (digits, ""), (values["issuer"], "签发机关"),
            (validity, "有效期限"), (f"{year}年{month}月{day}日", "出生"), (f"{year} 年 {month} 月 {day} 日", "出生"),
            (f"{sex} 民族 {ethnicity}", "性别"), (address + rng.choice(["", f"{rng.randint(1, 999)}号"]), "地址"),
            (residence(rng), ""),
        ])  # fmt: skip
        start = rng.randrange(len(value)) if rng.random() < 0.15 else 0
        if not label or rng.random() < 0.6:
            return value[start:]
        return label + rng.choice(["", " ", "：", ":"]) + value[start:]

    def _name(self, rng: random.Random) -> str:
        """A name, half the time with a given name of any characters."""
        drawn = full_name(rng)
        return drawn if rng.random() < 0.5 else drawn[0] + "".join(rng.choices(self.hanzi, k=2))

    def _form(self, rng: random.Random) -> str:
        label = rng.choice(LABELS)
        makers: list[Callable[[random.Random], str]]
        makers = [self._figure, self._word, self._date, self._code, self._name, self._phone, lambda _: ""]
        value = rng.choice(makers)
        parts = [label + rng.choice(["：", "：", ":", " ", "", "： "]) + value(rng)]
        if rng.random() < 0.3:
            parts.append(rng.choice(LABELS) + rng.choice(["：", ":"]) + self._figure(rng))
        return rng.choice(["", "", "", "□", "☐", "• ", "1. ", "（1）", "①", "一、", "(2)", "★", "※"]) + " ".join(parts)

    def _table(self, rng: random.Random) -> str:
        unit = rng.choice([*UNITS, *COMPOUND, "㎡"])
        n, m = rng.randint(1, 500), rng.randint(1, 300)
        return rng.choice([
            f"{n}×{m}", f"φ{n}", f"Φ{n}×{m / 10:.1f}", f"≤{n}{unit}", f"≥{n}", f"{n}±{m / 100:.2f}", f"{n}~{m + n}",
            f"DN{n}", f"{self._word(rng)}({unit})", f"{self._word(rng)}（{unit}）", self._code(rng), self._code(rng),
            f"{n}{unit}", f"-{n}～{m}℃", f"M{n % 30}×{m}", str(n), str(n / 10), rng.choice(LABELS), rng.choice(QUANTITIES), self._word(rng),
            f"{rng.choice(string.ascii_letters)}{rng.choice('1122334560')}", rng.choice(string.ascii_letters),
            f"{n}{rng.choice(MEASURES)}", f"{chr(0x2460 + n % 10)}{self._word(rng)}", f"{n / 10}/{m / 10}", f"G{n % 9}/{m % 8 + 1}{rng.choice(INCH)}",
        ])  # fmt: skip

    def _quantity(self, rng: random.Random) -> str:
        """What stands in tables of technical data: symbols with an index, quantities with their unit, ranges, tolerances."""
        n, m, k = rng.choice((1, 5, 10)) * rng.randint(1, 60), rng.randint(1, 300), rng.randint(0, 99)
        letter, upper = rng.choice(string.ascii_letters), rng.choice(string.ascii_uppercase)
        symbol = letter + rng.choice("11111222334056")
        word, unit, to = (
            rng.choice((self._word(rng), rng.choice(QUANTITIES))),
            rng.choice(COMPOUND),
            rng.choice("~~～-"),
        )
        open_, close = rng.choice(("()", "（）"))
        return rng.choice([
            letter, symbol, symbol, symbol, f"{word}{symbol}", f"{symbol}={n}", f"{symbol}/{unit}", f"{word}/{unit}", f"{word} {symbol}/{unit}",
            f"{word}{open_}{unit}{close}", f"{word} {open_}{unit}{close}", f"{word}{upper}{open_}{unit}{close}", f"{open_}{unit}{close}",
            f"{n}{to}{n + m}", f"{n}{to}{n + m}{unit}", f"{k / 100:.2f}{to}{k / 100 + m:.2f}", f"{n}{unit}{to}{n + m}{unit}",
            f"-0.{k:03d}", f"+0.{k:02d}", f"±0.{k:02d}", f"0.{k:02d}", f"{n}±0.{k:02d}", f"{k / 10}", f"{n}", f"{open_}{n}{close}",
            f"{n}×{m / 100:.2f}", f"{n}×{m}", f"{n}×{n}×{m}", f"M{k % 36 + 1}×{m / 100:.1f}", f"{k % 9 + 1}×M{m % 20 + 1}", f"{k % 9 + 1}×φ{n}",
            f"{n}°{m % 60}′", f"{n}{unit}", f"{n} {unit}", f"{n / 10}{unit}", f"φ{n}", f"R{n}", f"≤{n}{unit}", f"{k}≤{letter}≤{n + k}",
            f"{rng.choice(('Rc', 'R', 'G'))}{rng.choice(('1/8', '1/4', '3/8', '1/2', '3/4', '1'))}", f"{n / 10}{open_}{m / 10}{close}",
            f"{upper}{letter.upper()}{self._code(rng)}", f"{n},{m},{k}", f"{n}/{m}",
        ])  # fmt: skip

    def _spoken(self, n: int, digits: str) -> str:
        """A number in words, 1 to 99,999,999."""
        if n >= 10_000:
            rest = n % 10_000
            return (
                self._spoken(n // 10_000, digits)
                + "万"
                + ((digits[0] if rest < 1000 else "") + self._spoken(rest, digits) if rest else "")
            )
        units = ("", "拾", "佰", "仟") if digits == FORMAL else ("", "十", "百", "千")
        out, zero = "", False
        for place in range(3, -1, -1):
            d = n // 10**place % 10
            if d:
                out += (digits[0] if zero and out else "") + digits[d] + units[place]
            zero = d == 0
        return out

    def _amount(self, rng: random.Random) -> str:
        n = rng.choice([rng.randint(1, 999), rng.randint(1, 99_999), rng.randint(1, 99_999_999)])
        formal = (
            self._spoken(n, FORMAL)
            + "元"
            + rng.choice(
                [
                    "整",
                    "正",
                    f"{FORMAL[rng.randint(1, 9)]}角整",
                    f"{FORMAL[rng.randint(1, 9)]}角{FORMAL[rng.randint(1, 9)]}分",
                ]
            )
        )
        return rng.choice([
            formal, "人民币" + formal, "（大写）" + formal, f"¥{n:,}.00", f"￥{n / 100:.2f}", f"{n}元", f"{n / 100:.2f}元",
            f"{self._spoken(n, DIGITS)}{rng.choice(MEASURES)}", f"第{self._spoken(n % 300 + 1, DIGITS)}{rng.choice('章节条款页期次')}",
            f"合计：{n / 100:.2f}", f"{n}{rng.choice(MEASURES)}", f"{n / 100:.2f}万元", f"RMB {n:,}",
        ])  # fmt: skip

    def _date(self, rng: random.Random) -> str:
        y, m, d = rng.randint(1900, 2040), rng.randint(1, 12), rng.randint(1, 31)
        han = "".join(DIGITS[int(c)] if c != "0" else rng.choice("〇零") for c in str(y))
        h, minute = rng.randint(0, 23), rng.randint(0, 59)
        return rng.choice([
            f"{y}年{m}月{d}日", f"{y}年{m:02d}月{d:02d}日", f"{y} 年 {m} 月 {d} 日", f"{y}.{m:02d}.{d:02d}",
            f"{y}-{m:02d}-{d:02d}", f"{y}/{m}/{d}", f"{han}年{self._spoken(m, DIGITS)}月{self._spoken(d, DIGITS)}日",
            f"{y}.{m:02d}.{d:02d}-{y + 10}.{m:02d}.{d:02d}", f"{y}.{m:02d}.{d:02d}-长期", f"{m}月{d}日", f"{y}年",
            f"{y}-{m:02d}-{d:02d} {h:02d}:{minute:02d}", f"星期{rng.choice('一二三四五六日')}", f"{h}时{minute}分",
            f"上午{h}:{minute:02d}",
        ])  # fmt: skip

    def _phone(self, rng: random.Random) -> str:
        def digits(n: int) -> str:
            return "".join(rng.choices(string.digits, k=n))

        return rng.choice(
            [f"1{digits(10)}", f"0{digits(2)}-{digits(8)}", f"0{digits(3)}-{digits(7)}", f"400-{digits(3)}-{digits(4)}"]
        )

    def _company(self, rng: random.Random) -> str:
        place = invent(rng)["address"][: rng.randint(2, 6)]
        own = "".join(rng.choices(self.hanzi, k=2)) if rng.random() < 0.4 else self._word(rng)
        return place + own + rng.choice(["", rng.choice(TRADES)]) + rng.choice(COMPANY)

    def _heading(self, rng: random.Random) -> str:
        section = ".".join(str(rng.randint(1, 20)) for _ in range(rng.randint(1, 4)))
        number = self._spoken(rng.randint(1, 40), DIGITS)
        head = rng.choice([section + " ", section + "、", f"第{number}章 ", f"第{number}节　", f"{number}、", f"（{number}）",
                           f"图 {section} ", f"表{section}：", "【", "附录 A "])  # fmt: skip
        text = head + self._run(rng, rng.randint(3, 16)).strip()
        if head == "【":
            return text + "】"
        if rng.random() < 0.3:
            return text + rng.choice([".", "…", "·", ". "]) * rng.randint(3, 20) + str(rng.randint(1, 400))
        return text

    def _short(self, rng: random.Random) -> str:
        n = rng.randint(1, 400)
        return rng.choice([
            rng.choice(self.hanzi), rng.choice(DIGITS), str(n), f"第 {n} 页", f"第{n}页 共{n + 9}页", f"- {n} -", f"{n}.",
            rng.choice("是否男女有无汉甲乙丙丁上下左右东南西北元角分年月日"), rng.choice(self.marks), self._word(rng),
            f"（{rng.choice(DIGITS[1:])}）", "".join(rng.choices(self.marks + self.hanzi[:400], k=rng.randint(2, 8))),
            f"{n}/{n + 3}", f"{self._word(rng)}{rng.choice(self.marks)}",
        ])  # fmt: skip

    def _technical(self, rng: random.Random) -> str:
        """Commands, markup, program text and formulas, alone or among Chinese, as manuals have them."""
        space, parts = rng.choice(["", " ", " "]), []
        for _ in range(rng.choice([1, 1, 2, 3])):
            if rng.random() < 0.6:
                parts.append(self._run(rng, rng.randint(1, 10)).strip())
            parts.append(rng.choice(("TEX", "LATEX", "LATEX")) if rng.random() < 0.15 else self._source(rng))
        if rng.random() < 0.5:
            parts.append(self._run(rng, rng.randint(1, 10)).strip())
        return space.join(parts)

    def _source(self, rng: random.Random) -> str:
        a, b, c = (rng.choice(self.latin.words)[:9].lower() for _ in range(3))
        x, y, z = rng.sample("abcdefghijklmnpqrstuvwxyzABCNRT", 3)
        n, m = rng.randint(0, 12), rng.choice((1, 2, 3, 10, 0.5, 255, 1024))
        op = rng.choice(("=", "+", "-", "<", ">", "==", "!=", "<=", "+=", "≤", "≥", "≠", "→", "*", "/", "^", "|", "&&"))
        return rng.choice([
            f"\\{a}{{{b}}}", f"\\{a}[{n}cm]{{{b}}}", f"\\begin{{{a}}}", f"\\end{{{a}}}", f"{{\\{a} {b} {c}}}", f"\\{a}\\{b}",
            f"${x}_{{{n}}}^{{{y}}}$", f"{x}^{{{n}}}", f"{x}_{n}", f"{x} {op} {y}", f"{x}{op}{n}", f"{x}({y}, {z}) {op} {m}",
            f"{x}[{y}] {op} {z};", f"({x}+{y}){op}{z}", f"|{x}| {op} {m}", f"[{n}, {m}]", f"{{{x}, {y}, {z}}}", f"{x}'({y})",
            f"{a} -{x} {b}.{y}{z}", f"{a} --{b}={c}", f"{a}-{b} {c}", f"$ {a} {b}", f"# {a} {b} | {c}", f"/{a}/{b}/{c}.conf",
            f"~/.{a}", f"{a}@{b}.{c}", f"http://www.{a}.org/{b}/", f"{a}({n})", f"{a}_{b}({x}, &{y})", f"<{a}>", f"</{a}>",
            f'"{a} {b}"', f"`{a}'", f"'{a}'", f"if ({x} {op} {n}) {{", "}", f"#include <{a}.h>", f"{a}::{b}", f"{a}.{b}();",
            f"{a} {{ {b}: {m}px; }}", f"{n}.{n}.{m}", f"{a}-{n}.{m}.tar.gz", f"%{x}", f"@{a}", f"{a}={b}", f"{x}%{y}",
        ])  # fmt: skip

    def _latin(self, rng: random.Random) -> str:
        return self.latin.line(rng)[:48]
