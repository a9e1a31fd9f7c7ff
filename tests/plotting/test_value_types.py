"""Names of maps are those of StaMPS, letters in any order; others are refused."""

from __future__ import annotations

import pytest

from pystamps.errors import ParameterError, UnsupportedError
from pystamps.plotting.value_types import value_type_named, value_type_names


@pytest.mark.parametrize("name", value_type_names())
def test_every_name_means_itself(name: str):
    kind = value_type_named(name)
    assert kind.kind == name.partition("-")[0]
    assert set(kind.letters) == set(name.partition("-")[2])
    assert kind.title


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("v-od", "v-do"),
        ("V-DO", "v-do"),
        ("u-omd", "u-dmo"),
        ("vs-od", "vs-do"),
        ("u-somd", "u-dmos"),
        ("v-oad", "v-dao"),
        ("USB-AD", "usb-da"),
    ],
)
def test_letters_have_any_order_and_capitals_mean_the_same(written: str, meant: str):
    assert value_type_named(written).name == meant


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("velocty", ParameterError, "nothing is called 'velocty'"),
        ("densty", ParameterError, "did you mean density"),
        ("netwrk", ParameterError, "did you mean network"),
        ("v-x", ParameterError, "'v-x' is unknown; use v,"),
        ("vs-x", ParameterError, "use vs,"),
        ("w-s", ParameterError, r"\(s\) is not taken off w"),
        ("coh-d", ParameterError, "takes no letters"),
        ("hgt-", ParameterError, "takes no letters"),
        ("isb", UnsupportedError, "ionosphere"),
        ("rsb-d", ParameterError, r"\(d\) is not taken off rsb"),
        ("u-dai", UnsupportedError, "ionosphere"),
        ("u-dma", ParameterError, "takes the troposphere off twice"),
        ("v-as", ParameterError, "takes the troposphere off twice"),
        ("a-d", ParameterError, r"\(d\) is not taken off a"),
        ("vi", UnsupportedError, "ionosphere"),
    ],
)
def test_what_there_is_not_is_refused_with_words(name: str, error: type, words: str):
    with pytest.raises(error, match=words):
        value_type_named(name)


def test_every_value_has_a_unit_or_is_a_pure_number_and_a_sign_where_there_is_a_direction():
    for name in value_type_names():
        kind = value_type_named(name)
        assert kind.unit or kind.kind in ("coh", "da")
        if kind.kind in ("v", "vdrop"):
            assert kind.sign == "+ = toward the satellite"
        if kind.unit == "rad":
            assert kind.sign == "+ = away from the satellite"
