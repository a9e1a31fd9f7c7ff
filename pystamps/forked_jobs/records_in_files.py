"""Snakemake's records of files, without the database in which they could lie.

Snakemake keeps its records in files, unless it is asked for a database (``--persistence-backend``).
The libraries of that database, SQLModel and SQLAlchemy, are a third of its imports, because the
class of a record is written with them. For files it takes from them no more than what stands here.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

from pystamps.installation import snakemake_version

_WITH_DATABASE_FROM, _WITH_DATABASE_TO = (9, 17), (9, 27)
"""Versions of Snakemake that were looked at."""
_ASKS_ELSEWHERE = ("SNAKEMAKE_PROFILE", "SNAKEMAKE_PERSISTENCE_BACKEND")
"""Variables by which somebody may ask for a database."""
_LIBRARIES = ("sqlalchemy", "sqlmodel", "pydantic")


def keep_records_in_files() -> None:
    """Let the Snakemake that starts in this process load no database.

    Where one could be asked for, or Snakemake is of another version, all is left as it is.
    """
    if (
        _WITH_DATABASE_FROM <= snakemake_version() <= _WITH_DATABASE_TO
        and all(map(find_spec, _LIBRARIES))
        and not any(name in os.environ for name in _ASKS_ELSEWHERE)
    ):
        pydantic = import_module("pydantic")

        def field(*, sa_column: Any = None, **more: Any) -> Any:
            return pydantic.Field(**more)

        _stand_in("sqlalchemy", Column=lambda _kind: None, JSON=None)
        _stand_in("sqlmodel", SQLModel=pydantic.BaseModel, Field=field)
        _stand_in("snakemake.persistence.db", DbPersistence=_refuse)


def _refuse(**_: Any) -> NoReturn:
    """Say what to do where a database is asked for all the same, as by a profile of the system."""
    raise import_module("snakemake.exceptions").WorkflowError(
        "persistence-backend: is db, expected file: pySTAMPS reads the records of Snakemake in "
        "their files; take the setting out of the profile"
    )


def _stand_in(name: str, **attributes: Any) -> None:
    sys.modules[name] = module = ModuleType(name)
    vars(module).update(attributes)
