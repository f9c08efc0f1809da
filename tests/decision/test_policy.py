"""The policy: what each of its parts decides, and how a file that is wrong is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from creditrisk.decision import policy as documented
from creditrisk.decision.policy import Decision, Domain, Policy, starting_policy
from creditrisk.errors import InvalidPolicy

CASH, REVOLVING = "Cash loans", "Revolving loans"
DOMAIN = Domain(("AGE_YEARS", "INCOME"), (CASH, REVOLVING))
ADULT = (40.0, 1000.0)
CUT_OFF = 'version = "1"\n[cut_off]\nthreshold = 0.1\n'


def vector(*values: float) -> NDArray[np.float32]:
    return np.array(values or ADULT, dtype=np.float32)


def decide(text: str, pd: float, *values: float, contract_type: str = CASH) -> tuple[str, tuple[str, ...]]:
    decision, held = Policy(text, DOMAIN).decide(pd, vector(*values), contract_type)
    return decision.value, held


def test_the_threshold_itself_declines() -> None:
    assert [decide(CUT_OFF, pd)[0] for pd in (0.0, math.nextafter(0.1, 0), 0.1, 1.0)] == [
        *("APPROVE", "APPROVE", "DECLINE", "DECLINE")
    ]


def test_a_band_refers_from_its_low_end_to_under_its_high_end() -> None:
    text = CUT_OFF + "refer = [0.08, 0.12]\n"
    pds = (math.nextafter(0.08, 0), 0.08, 0.1, math.nextafter(0.12, 0), 0.12)
    assert [decide(text, pd)[0] for pd in pds] == ["APPROVE", "REFER", "REFER", "REFER", "DECLINE"]


def test_a_contract_type_may_have_its_own_cut_off() -> None:
    text = CUT_OFF + f'[cut_off_by_contract_type."{REVOLVING}"]\nthreshold = 0.05\n'
    assert decide(text, 0.07)[0] == "APPROVE"
    assert decide(text, 0.07, contract_type=REVOLVING)[0] == "DECLINE"
    assert decide(text, 0.07, contract_type="another")[0] == "APPROVE"
    policy = Policy(text, DOMAIN)
    assert [policy.cut_off(one).threshold for one in (CASH, REVOLVING)] == [0.1, 0.05]


def rule(condition: str, decision: str = "DECLINE", name: str = "rule") -> str:
    return f'[[knock_out]]\nname = "{name}"\nfeature = "AGE_YEARS"\n{condition}\ndecision = "{decision}"\n'


@pytest.mark.parametrize(
    ("condition", "holds", "does_not"),
    [
        ("below = 21.0", (20.9, 0.0), (21.0, math.nan)),
        ("above = 75", (75.1, 100.0), (75.0, math.nan)),
        ("missing = true", (math.nan,), (0.0, 21.0)),
        (f'below = 21.0\ncontract_types = ["{CASH}"]', (20.0,), (30.0,)),
    ],
)
def test_a_knock_out_decides_whatever_the_pd(
    condition: str, holds: tuple[float, ...], does_not: tuple[float, ...]
) -> None:
    text = CUT_OFF + rule(condition)
    assert {decide(text, 0.01, age, 1.0) for age in holds} == {("DECLINE", ("rule",))}
    assert {decide(text, 0.01, age, 1.0) for age in does_not} == {("APPROVE", ())}


def test_a_knock_out_of_other_contract_types_does_not_hold() -> None:
    text = CUT_OFF + rule(f'below = 21.0\ncontract_types = ["{CASH}"]')
    assert decide(text, 0.01, 20.0, 1.0, contract_type=REVOLVING) == ("APPROVE", ())


@given(st.sampled_from(["APPROVE", "REFER", "DECLINE"]), st.lists(st.sampled_from(["REFER", "DECLINE"]), max_size=3))
def test_the_strictest_wins_and_every_rule_that_holds_is_named(by_pd: str, by_rules: list[str]) -> None:
    text = CUT_OFF + "refer = [0.08, 0.12]\n"
    text += "".join(rule("above = 10", decision, f"rule {at}") for at, decision in enumerate(by_rules))
    pd = {"APPROVE": 0.01, "REFER": 0.1, "DECLINE": 0.5}[by_pd]
    strictness = ["APPROVE", "REFER", "DECLINE"]
    expected = max([by_pd, *by_rules], key=strictness.index)
    assert decide(text, pd) == (expected, tuple(f"rule {at}" for at in range(len(by_rules))))


def test_version_and_hash_name_the_file() -> None:
    policy = Policy(CUT_OFF, DOMAIN)
    assert policy.version == "1"
    assert len(policy.hash) == 64
    assert policy.hash == Policy(CUT_OFF, DOMAIN).hash
    assert policy.hash != Policy(CUT_OFF + "# a remark\n", DOMAIN).hash


def test_the_scorecard_table_sets_the_scale_whole_numbers_included() -> None:
    card = Policy(CUT_OFF + "[scorecard]\nbase_points = 500\npoints_to_double_odds = 50.5\n", DOMAIN).scorecard
    assert (card.base_points, card.base_odds, card.points_to_double_odds) == (500.0, 20.0, 50.5)
    assert Policy(CUT_OFF, DOMAIN).scorecard.points(-math.log(20)) == 600


def test_the_example_in_the_documentation_is_a_policy() -> None:
    example = (documented.__doc__ or "").split("::\n\n", 1)[1]
    text = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    assert decide(text, 0.01, 20.0, 1.0) == ("DECLINE", ("under 21",))
    assert decide(text, 0.10, 30.0, 1.0) == ("REFER", ())


def test_the_proposed_policy_is_valid_and_takes_the_proposed_threshold() -> None:
    policy = Policy(starting_policy(1 / 11, "bundle 7"), DOMAIN)
    assert policy.cut_off(CASH).threshold == 1 / 11
    assert policy.decide(0.09, vector(), CASH)[0] is Decision.APPROVE


WRONG = {
    "not TOML": ("version = ", "not TOML"),
    "empty": ("", "version: Field required"),
    "no cut-off": ('version = "1"', "cut_off: Field required"),
    "no threshold": ('version = "1"\n[cut_off]', r"cut_off\.threshold: Field required"),
    "threshold of 0": (CUT_OFF.replace("0.1", "0.0"), r"cut_off\.threshold: .*greater than 0"),
    "threshold of 1": (CUT_OFF.replace("0.1", "1"), r"cut_off\.threshold: .*less than 1"),
    "threshold nan": (CUT_OFF.replace("0.1", "nan"), r"cut_off\.threshold: "),
    "threshold a text": (CUT_OFF.replace("0.1", '"0.1"'), r"cut_off\.threshold: .*valid number"),
    "threshold a truth": (CUT_OFF.replace("0.1", "true"), r"cut_off\.threshold: .*valid number"),
    "version a number": (CUT_OFF.replace('"1"', "1"), "version: .*valid string"),
    "version empty": (CUT_OFF.replace('"1"', '""'), "version: .*at least 1"),
    "unknown key": (CUT_OFF + "treshold = 0.2\n", r"cut_off\.treshold: Extra inputs"),
    "unknown table": (CUT_OFF + "[knockout]\nname = 1\n", "knockout: Extra inputs"),
    "band above the threshold": (CUT_OFF + "refer = [0.2, 0.3]\n", r"cut_off: .*low <= threshold <= high"),
    "band backwards": (CUT_OFF + "refer = [0.12, 0.08]\n", r"cut_off: .*low <= threshold <= high"),
    "band of three": (CUT_OFF + "refer = [0.08, 0.1, 0.12]\n", r"cut_off\.refer"),
    "own cut-off wrong": (
        CUT_OFF + '[cut_off_by_contract_type."Cash loans"]\nthreshold = 2.0\n',
        "Cash loans.threshold",
    ),
    "rule without condition": (CUT_OFF + rule(""), r"knock_out\.0: .*exactly one of below, above, missing"),
    "rule of two conditions": (CUT_OFF + rule("below = 1.0\nabove = 2.0"), r"knock_out\.0: .*exactly one"),
    "rule that approves": (CUT_OFF + rule("below = 1.0", "APPROVE"), r"knock_out\.0\.decision: .*'REFER' or 'DECLINE'"),
    "rule never true": (CUT_OFF + rule("below = nan"), r"knock_out\.0\.below: .*finite"),
    "rule always true": (CUT_OFF + rule("below = inf"), r"knock_out\.0\.below: .*finite"),
    "rule on no contract type": (CUT_OFF + rule("below = 1.0\ncontract_types = []"), r"knock_out\.0\.contract_types: "),
    "unknown feature": (CUT_OFF + rule("below = 1.0").replace("AGE_YEARS", "AGE"), "'rule': .* no feature 'AGE'"),
    "unknown contract type": (
        CUT_OFF + '[cut_off_by_contract_type."Cash loan"]\nthreshold = 0.2\n',
        "no contract type 'Cash loan'; it knows 'Cash loans', 'Revolving loans'",
    ),
    "rule on an unknown contract type": (
        CUT_OFF + rule('below = 1.0\ncontract_types = ["Cash"]'),
        "knock_out 'rule': .* no contract type 'Cash'",
    ),
    "one name twice": (CUT_OFF + 2 * rule("below = 1.0"), "knock_out 'rule': .*twice"),
    "scorecard unknown": (CUT_OFF + "[scorecard]\npdo = 20\n", r"scorecard\.pdo: "),
    "scorecard of text": (CUT_OFF + '[scorecard]\nbase_points = "600"\n', r"scorecard\.base_points: .*valid number"),
    "scorecard odds 0": (CUT_OFF + "[scorecard]\nbase_odds = 0\n", r"scorecard\.base_odds: .*greater than 0"),
    "scorecard odds inf": (CUT_OFF + "[scorecard]\nbase_odds = inf\n", r"scorecard\.base_odds: .*finite"),
    "scorecard upside down": (CUT_OFF + "[scorecard]\npoints_to_double_odds = -20\n", "greater than 0"),
    "scorecard out of range": (CUT_OFF + "[scorecard]\nbase_points = 1e300\n", r"scorecard\.base_points: .*less than"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_naming_file_and_key(text: str, said: str) -> None:
    with pytest.raises(InvalidPolicy, match=said) as refused:
        Policy(text, DOMAIN, "policy.toml")
    assert str(refused.value).startswith("policy.toml: ")
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicy, match=r"missing\.toml: cannot be read .*set POLICY"):
        Policy.read(tmp_path / "missing.toml", DOMAIN)
    (tmp_path / "latin.toml").write_bytes(b'version = "\xe9"')
    with pytest.raises(InvalidPolicy, match=r"latin\.toml: cannot be read"):
        Policy.read(tmp_path / "latin.toml", DOMAIN)
