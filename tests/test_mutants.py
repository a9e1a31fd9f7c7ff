"""The mutants of ``scripts/try_mutants.py`` fit the code; ``make mutants`` tries them."""

from __future__ import annotations

import pytest
from trees import CHECKOUT

from try_mutants import MUTANTS, Mutant, apply_mutant, try_mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_of_a_mutant_stands_in_the_code_once(mutant: Mutant) -> None:
    assert (CHECKOUT / mutant.file).read_text().count(mutant.old) == 1
    assert mutant.new != mutant.old
    for test in mutant.tests:
        file, _, function = test.partition("::")
        assert f"def {function}" in (CHECKOUT / file).read_text()


def test_a_mutant_that_no_longer_fits_is_refused(tmp_path) -> None:
    (tmp_path / "code.py").write_text("a = 1\n")
    with pytest.raises(ValueError, match=r"code\.py: the text of mutant x stands there 0 times"):
        apply_mutant(Mutant("x", "code.py", "b = 1", "b = 2", ()), tmp_path)


@pytest.mark.slow
def test_a_mutant_that_breaks_nothing_lives() -> None:
    harmless = Mutant(
        "comment", "pystamps/dates.py", "from __future__", "#\nfrom __future__",
        ("tests/test_dates.py",),
    )  # fmt: skip
    assert try_mutant(harmless) == "LIVES"
