"""Files of settings: YAML or JSON, read as people mean them, and refused where that is unclear.

YAML 1.1 takes ``3:7`` for a number of base 60 (187) and the second of two equal keys. Here the
first is a text, which StaMPS parameters know as a range, and the second is refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pystamps.config.yaml_bounds import refuse_unbounded_yaml
from pystamps.errors import ParameterError
from pystamps.io.bounded_text import read_bounded

_BASE_60 = re.compile(r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?")
_JSON = ".json"
_NO_VALUES = (ValueError, ArithmeticError, LookupError, TypeError)
"""What PyYAML raises on values that are none, beside its own errors."""
_LARGEST_FILE = 1 << 18
"""Bytes; all settings with their meaning take a seventh of it."""


def read_yaml_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML or JSON file that holds a mapping; an empty file is an empty mapping.

    Raises
    ------
    ParameterError
        The file is missing, cannot be read, holds a key twice, or is no mapping.
    """
    path = Path(path)
    text = _text_of(path)
    found = _from_json(path, text) if path.suffix.lower() == _JSON else _from_yaml(path, text)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ParameterError(f"{path}: found a {type(found).__name__}, expected groups of settings")
    return found


def refuse_misread_files(paths: Iterable[Path]) -> None:
    """Refuse configuration files that Snakemake reads otherwise than people mean them.

    Parameters
    ----------
    paths : iterable of Path
        Files that Snakemake has read itself; what it made of them cannot be changed.

    Raises
    ------
    ParameterError
        A key is there twice, or a range such as ``3:7`` stands without quotes.
    """
    for path in map(Path, paths):
        if path.suffix.lower() == _JSON or not path.is_file():
            continue
        node = _node_of_yaml(path, _text_of(path))
        found = [f"line {line}: {word}" for line, word in _of_base_60(node)]
        if found:
            raise ParameterError(
                f"{path}: {'; '.join(found)}: Snakemake reads this as a number of base 60; put it "
                "in quotes, for example '3:7'"
            )


def _text_of(path: Path) -> str:
    try:
        return read_bounded(path, most=_LARGEST_FILE, error=ParameterError).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: not a text file; give a YAML file") from error


def _from_yaml(path: Path, text: str) -> Any:
    import yaml

    node = _node_of_yaml(path, text)
    try:
        return None if node is None else _loader()("").construct_document(node)
    except (yaml.YAMLError, *_NO_VALUES) as error:
        raise _not_yaml(path, error) from error


def _node_of_yaml(path: Path, text: str) -> Any:
    """Parse a file; refuse what is no YAML, and keys that are there twice."""
    import yaml

    try:
        refuse_unbounded_yaml(yaml.parse(text, Loader=_loader()))
        node = yaml.compose(text, Loader=_loader())
        double = [f"line {line}: {key}" for line, key in _double_keys(node)]
    except (yaml.YAMLError, *_NO_VALUES) as error:
        raise _not_yaml(path, error) from error
    _refuse_double(path, double)
    return node


def _not_yaml(path: Path, error: Exception) -> ParameterError:
    return ParameterError(f"{path}: not YAML ({' '.join(str(error).split())})")


def _from_json(path: Path, text: str) -> Any:
    double: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        double.extend(key for key, count in Counter(keys).items() if count > 1)
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=mapping) if text.strip() else None
    except RecursionError as error:
        raise ParameterError(f"{path}: not JSON that anybody needs: nested too deeply") from error
    except ValueError as error:
        raise ParameterError(f"{path}: not JSON ({str(error)[:200]})") from error
    _refuse_double(path, double)
    return found


def _refuse_double(path: Path, double: list[str]) -> None:
    if double:
        raise ParameterError(f"{path}: keys are there twice: {'; '.join(double)}; keep one of each")


def _double_keys(node: Any, name: str = "") -> Iterator[tuple[int, str]]:
    """Give line and whole key of everything that a mapping holds again."""
    kind = getattr(node, "id", "")
    if kind == "sequence":
        for item in node.value:
            yield from _double_keys(item, name)
    if kind != "mapping":
        return
    seen: set[str] = set()
    for key, value in node.value:
        whole = f"{name}.{key.value}" if name else str(key.value)
        if whole in seen:
            yield key.start_mark.line + 1, whole
        seen.add(whole)
        yield from _double_keys(value, whole)


def _of_base_60(node: Any) -> Iterator[tuple[int, str]]:
    """Give line and word of the scalars without quotes that YAML 1.1 counts to base 60."""
    kind = getattr(node, "id", "")
    if kind == "scalar" and not node.style and _BASE_60.fullmatch(node.value):
        yield node.start_mark.line + 1, node.value
    elif kind == "sequence":
        for item in node.value:
            yield from _of_base_60(item)
    elif kind == "mapping":
        for _, value in node.value:
            yield from _of_base_60(value)


@cache
def _loader() -> Any:
    """Give the loader of PyYAML without numbers of base 60."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Loads what people write in configuration files."""

    def without(resolvers: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return [(tag, _NotBase60(pattern)) for tag, pattern in resolvers]

    found = Loader.yaml_implicit_resolvers
    Loader.yaml_implicit_resolvers = {first: without(tags) for first, tags in found.items()}
    return Loader


class _NotBase60:
    """A regular expression of YAML that does not match numbers of base 60."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        """Wrap a pattern."""
        self._pattern = pattern

    def match(self, text: str) -> re.Match[str] | None:
        """Match as the pattern would, but for numbers of base 60."""
        return None if _BASE_60.fullmatch(text) else self._pattern.match(text)
