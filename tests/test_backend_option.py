"""``pytest --backend python`` (``make test-python``) runs everything with the references."""

from __future__ import annotations

import pytest

from pystamps_kernels import AUTO, KERNELS


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_automatic_choice_is_the_backend_of_the_option(
    kernel: str, pytestconfig: pytest.Config
) -> None:
    wanted = pytestconfig.getoption("--backend") or "native"
    assert AUTO.backend_of(kernel, 10) == wanted
