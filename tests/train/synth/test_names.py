"""Invented names and addresses: as varied as real ones, the same for a seed, spelled with the charset."""

from __future__ import annotations

import random

from ocr.recognize.charset import Charset
from ocr.train.synth.names import full_name, residence
from ocr.train.synth.people import persons


def test_names_are_varied_and_the_commonest_surnames_lead() -> None:
    rng = random.Random(0)
    names = [full_name(rng) for _ in range(5000)]
    assert len(set(names)) > 4500
    surnames = [name[0] for name in names if "·" not in name]
    assert len(set(surnames)) > 400
    counts = {surname: surnames.count(surname) for surname in "王李逯"}
    assert counts["王"] > 3 * counts["逯"] and counts["李"] > 3 * counts["逯"]
    assert len({c for name in names for c in name[1:]}) > 1000
    assert {len(name) for name in names if "·" not in name} >= {2, 3, 4}
    assert sum("·" in name for name in names) > 50
    assert all(name.replace("·", "").isalpha() and 2 <= len(name) <= 30 for name in names)


def test_residences_have_the_forms_of_town_and_country() -> None:
    rng = random.Random(1)
    places = [residence(rng) for _ in range(3000)]
    for part in ("村", "街道", "镇", "路", "社区", "组", "单元", "附", "栋"):
        assert any(part in place for place in places), part
    assert len({c for place in places for c in place}) > 2000
    assert max(map(len, places)) < 50


def test_a_seed_draws_the_same_people_and_everything_can_be_spelled() -> None:
    people = list(persons(500, seed=3))
    assert people == list(persons(500, seed=3))
    assert people != list(persons(500, seed=4))
    charset = Charset.load("zh")
    assert all(c in charset for person in people for key in ("name", "address", "issuer") for c in person[key])
