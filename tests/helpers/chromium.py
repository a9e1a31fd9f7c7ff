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
_SOFTWARE_WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@contextmanager
def chromium_window(width: int, height: int, *, has_webgl: bool = False) -> Iterator[WebDriver]:
    """Give a browser of a size; the test is skipped where there is none.

    With ``has_webgl`` it draws on the processor; requests stand in the log ``performance``.
    """
    found = {name: shutil.which(name) for name in PROGRAMS}
    if not all(found.values()):
        pytest.skip("no chromium and chromedriver here (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(found["chromium"])
    drawing = _SOFTWARE_WEBGL if has_webgl else ("--disable-gpu",)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", *drawing):
        options.add_argument(argument)
    logs = {"browser": "ALL"} | ({"performance": "ALL"} if has_webgl else {})
    options.set_capability("goog:loggingPrefs", logs)
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
