"""Scene files (YAML): every setting of a scene by its name, unknown names refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pystamps.config.yaml_files import read_yaml_mapping
from pystamps.errors import ParameterError
from pystamps.io.user_paths import path_of_user
from pystamps.parameters.values import nearest_name
from pystamps.simulate.scene import PRESETS, Scene
from pystamps.simulate.sources import SOURCE_KINDS, Source

_SCALARS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    date: "a date YYYY-MM-DD",
    Path: "a path",
}


def read_scene(path: Path, base: Scene | None = None) -> Scene:
    """Read a scene file.

    Parameters
    ----------
    path : Path
        YAML; ``preset`` names the scene to start from, all else are fields of
        :class:`~pystamps.simulate.scene.Scene`. Relative paths count from the file's folder.
    base : Scene, optional
        To start from where the file names no preset; the default scene when left out.

    Raises
    ------
    ParameterError
        A name is unknown, or a value has the wrong type or is impossible.
    """
    path = Path(path)
    mapping = dict(read_yaml_mapping(path))
    name = mapping.pop("preset", None)
    if name is not None and (not isinstance(name, str) or name not in PRESETS):
        raise ParameterError(
            f"{path}: preset: {name!r} is unknown{nearest_name(str(name), PRESETS)}; "
            f"known are {', '.join(PRESETS)}"
        )
    scene = PRESETS[name] if name else (base or Scene())
    found: Scene = _changed(scene, mapping, _Place(str(path)))
    dem_file = found.terrain.dem_file
    if dem_file is not None and "dem_file" in (mapping.get("terrain") or {}):
        placed = path.parent / path_of_user(dem_file)
        terrain = dataclasses.replace(found.terrain, dem_file=placed)
        found = dataclasses.replace(found, terrain=terrain)
    return found


def scene_text(scene: Scene) -> str:
    """Give the contents of a scene file that makes this scene again."""
    import yaml

    return str(yaml.safe_dump(_plain(scene), sort_keys=False, default_flow_style=None))


def _plain(value: Any) -> Any:
    """Give settings as values that YAML knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {i.name: _plain(getattr(value, i.name)) for i in dataclasses.fields(value)}
        kinds = [name for name, kind in SOURCE_KINDS.items() if kind is type(value)]
        return {"kind": kinds[0]} | found if kinds else found
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value.absolute()) if isinstance(value, Path) else value


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file a value stands."""

    file: str
    name: str = ""

    def below(self, name: str) -> _Place:
        return _Place(self.file, f"{self.name}.{name}" if self.name else name)

    def __str__(self) -> str:
        return f"{self.file}: {self.name}" if self.name else self.file


def _changed(group: Any, mapping: Any, place: _Place) -> Any:
    """Give a group of settings with the values of a mapping."""
    known = {item.name for item in dataclasses.fields(group)}
    _require_mapping(mapping, known, place)
    hints = typing.get_type_hints(type(group))
    changes = {}
    for name, value in mapping.items():
        current = getattr(group, name)
        if dataclasses.is_dataclass(current):
            changes[name] = _changed(current, {} if value is None else value, place.below(name))
        else:
            changes[name] = _value(value, hints[name], place.below(name))
    return _made(lambda: dataclasses.replace(group, **changes), place)


def _value(value: Any, kind: Any, place: _Place) -> Any:
    """Give a value its type."""
    origin, options = typing.get_origin(kind), typing.get_args(kind)
    if kind == Source:
        return _source(value, place)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in options:
            return None
        return _value(value, next(o for o in options if o is not type(None)), place)
    if origin is tuple:
        return _tuple(value, options, place)
    if dataclasses.is_dataclass(kind):
        return _group(value, kind, place)
    return _scalar(value, kind, place)


def _tuple(value: Any, options: tuple[Any, ...], place: _Place) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ParameterError(f"{place}: {value!r}, expected a list")
    if options[-1] is Ellipsis:
        options = (options[0],) * len(value)
    if len(value) != len(options):
        raise ParameterError(f"{place}: {value!r}, expected {len(options)} values")
    return tuple(
        _value(item, kind, place.below(str(k)))
        for k, (item, kind) in enumerate(zip(value, options, strict=True))
    )


def _scalar(value: Any, kind: Any, place: _Place) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number:
        return float(value)
    if kind is float and isinstance(value, str):  # YAML takes 5e9 for a text
        try:
            return float(value)
        except ValueError:
            pass
    if kind is date and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    if kind is int and is_number and isinstance(value, int):
        return value
    raise ParameterError(f"{place}: {value!r} is not allowed; expected {_SCALARS[kind]}")


def _group(mapping: Any, kind: Any, place: _Place) -> Any:
    """Give a group of settings that has no value yet."""
    known = {item.name for item in dataclasses.fields(kind)}
    _require_mapping(mapping, known, place)
    missing = [
        item.name
        for item in dataclasses.fields(kind)
        if item.name not in mapping
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ParameterError(f"{place}: {', '.join(missing)} missing; add it")
    hints = typing.get_type_hints(kind)
    values = {name: _value(v, hints[name], place.below(name)) for name, v in mapping.items()}
    return _made(lambda: kind(**values), place)


def _source(mapping: Any, place: _Place) -> Source:
    """Give a source of deformation; ``kind`` says which."""
    found = mapping.get("kind") if isinstance(mapping, dict) else mapping
    if not isinstance(mapping, dict) or str(found) not in SOURCE_KINDS:
        raise ParameterError(
            f"{place}: kind is {found!r}{nearest_name(str(found), SOURCE_KINDS)}, expected one of "
            f"{', '.join(SOURCE_KINDS)}"
        )
    rest = {name: value for name, value in mapping.items() if name != "kind"}
    source: Source = _group(rest, SOURCE_KINDS[mapping["kind"]], place)
    return source


def _require_mapping(mapping: Any, known: set[str], place: _Place) -> None:
    if not isinstance(mapping, dict):
        raise ParameterError(f"{place}: {mapping!r} is not allowed; expected a group of settings")
    for name in mapping:
        if name not in known:
            raise ParameterError(
                f"{place.below(str(name))}: unknown setting{nearest_name(str(name), known)}; "
                f"known are {', '.join(sorted(known))}"
            )


def _made(make: typing.Callable[[], Any], place: _Place) -> Any:
    """Make a group; an impossible value is reported with the file."""
    try:
        return make()
    except ParameterError as error:
        text = str(error).removeprefix("scene: ")
        if text.startswith(place.file):
            raise
        raise ParameterError(f"{place.file}: {text}") from error
