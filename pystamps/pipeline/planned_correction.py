"""The tropospheric phase that a run makes: its method, its files, and what it may not replace."""

from __future__ import annotations

from pathlib import Path

from pystamps.config import RunConfig, Troposphere
from pystamps.errors import DatasetError, ParameterError
from pystamps.io.checksums import has_same_content, is_very_file
from pystamps.io.delay_files import DELAY_FILES, DELAY_METHODS
from pystamps.io.stage_records import stage_record
from pystamps.parameters import Parameters
from pystamps.stage_table import TROPOSPHERE
from pystamps.troposphere_methods import TROPOSPHERE_METHODS, TroposphereMethod


def planned_correction(
    config: RunConfig, root: Path, parameters: Parameters
) -> TroposphereMethod | None:
    """Give the method whose phase a run makes and takes off; None: none is made.

    Parameters
    ----------
    config : RunConfig
    root : Path
        Root of the data set.
    parameters : Parameters
        Of the root: without ``subtr_tropo`` nothing is made, whatever the method.

    Raises
    ------
    ParameterError
        The phase would be written under a name that no ``tropo_method`` reads.
    DatasetError
        The source is not there, or a file lies in the way that this stage has not made.
    """
    settings = config.troposphere
    method = TROPOSPHERE_METHODS.get(settings.method)
    if method is None or not parameters.subtr_tropo:
        return None
    variable_of_result(settings)
    _refuse_missing_source(settings, method)
    _refuse_file_of_others(root, DELAY_FILES[int(parameters.small_baseline_flag)])
    return method


def variable_of_result(settings: Troposphere) -> str:
    """Give the variable of ``tca2.mat`` that a method fills.

    Raises
    ------
    ParameterError
        ``troposphere.stored_as`` is no ``tropo_method``, or stands for a sum.
    """
    name = settings.stored_as or TROPOSPHERE_METHODS[settings.method].stored_as
    variables = DELAY_METHODS.get(name, ())
    if len(variables) != 1:
        single = (known for known, found in DELAY_METHODS.items() if len(found) == 1)
        raise ParameterError(
            f"troposphere.stored_as: {name} is no tropo_method with one variable; use one of "
            f"{', '.join(single)}"
        )
    return variables[0]


def source_files(settings: Troposphere) -> list[str]:
    """Give the files that a method may read, absolute, as the workflow declares them."""
    method = TROPOSPHERE_METHODS.get(settings.method)
    if method is None:
        return []
    found = _files_of_estimate(settings) if method.is_from_phase else []
    if settings.source is None:
        return found
    if settings.source.is_file():
        return [*found, str(settings.source)]
    matched = {path for pattern in method.patterns for path in settings.source.glob(pattern)}
    return [*found, *sorted(str(path) for path in matched if path.is_file())]


def _files_of_estimate(settings: Troposphere) -> list[str]:
    """Give the files that an estimate from the phase reads beside the data set."""
    area = Path(settings.deforming_area) if settings.deforming_area else None
    found = [area] if area is not None and area.is_file() else []
    if settings.soundings is not None:
        from pystamps.delays.sounding_files import sounding_paths

        found += sounding_paths(settings.soundings)
    return [str(path) for path in found]


def _refuse_missing_source(settings: Troposphere, method: TroposphereMethod) -> None:
    """Refuse a source that is not there, or not of the kind that the method reads."""
    source = settings.source
    if source is None:
        return
    is_right = source.is_dir() if method.source == "folder" else source.is_file()
    if not is_right:
        raise DatasetError(
            f"{source}: troposphere.method {method.name} reads a {method.source}, and none is "
            "there; correct troposphere.source"
        )
    if not source_files(settings):
        raise DatasetError(
            f"{source}: holds no file of {method.name} ({', '.join(method.patterns)}); correct "
            "troposphere.source"
        )


def _refuse_file_of_others(root: Path, name: str) -> None:
    """Refuse to replace tropospheric phase that somebody else has put there."""
    path = root / name
    if not path.is_file():
        return
    record = stage_record(root, TROPOSPHERE.name, "")
    noted = None if record is None else record.states.get(name)
    if noted is None or not (is_very_file(path, noted) or has_same_content(path, noted)):
        raise DatasetError(
            f"{path}: was not made by troposphere.method, which would replace it; move it away, "
            "or use it as it is with troposphere.method none"
        )
