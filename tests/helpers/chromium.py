"""Chromium without a window, driven by selenium; Debian's packages chromium and chromium-driver."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = ("chromium", "chromedriver")


@contextmanager
def chromium_window(width: int, height: int) -> Iterator[WebDriver]:
    """Give a browser of a size; the test is skipped where there is none."""
    found = {name: shutil.which(name) for name in PROGRAMS}
    if not all(found.values()):
        pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(found["chromium"])
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=str(found["chromedriver"]))
    browser = webdriver.Chrome(options=options, service=service)
    try:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield browser
    finally:
        browser.quit()


def wait_until(
    browser: WebDriver, condition: Callable[[], object], *, seconds: float = 180
) -> None:
    """Wait until something is so; elements that come and go meanwhile do not matter."""
    from selenium.common.exceptions import StaleElementReferenceException

    ignored = (StaleElementReferenceException,)
    WebDriverWait(browser, seconds, 0.2, ignored).until(lambda _: condition())
