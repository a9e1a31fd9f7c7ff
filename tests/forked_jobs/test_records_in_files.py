"""Snakemake's records of files are the same without the libraries of the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from snakemake import persistence

pytestmark = pytest.mark.skipif(
    not hasattr(persistence, "__path__"), reason="this Snakemake knows no database"
)

RECORDS = """
import json, os, sys
if sys.argv[1] == "files":
    from pystamps.forked_jobs.records_in_files import keep_records_in_files
    keep_records_in_files()
import snakemake.api
from snakemake.persistence.file import MetadataRecord
from snakemake.persistence.db import DbPersistence

record = MetadataRecord()
said = [dict(record.items())]
record.rule, record.input, record.log, record.params = "r", ["a", "b"], [], ["1", "{'x': 2}"]
record.starttime, record.endtime, record.job_hash, record.incomplete = 1.5, 2, 3, False
record.input_checksums, record.code = {"a": "sha256:0"}, "text"
said.append(dict(record.items()))
older = {"rule": "r", "record_format_version": 4, "no_longer_known": 1, "params": None}
said.append(dict(MetadataRecord.model_validate(json.loads(json.dumps(older))).items()))
refused = ""
if "sqlalchemy.orm" not in sys.modules:
    try:
        DbPersistence(path=None)
    except Exception as error:
        refused = f"{type(error).__name__}: {error}"
print(json.dumps([said, "sqlalchemy.orm" in sys.modules, refused]))
"""


def records(kept: str, **variables: str) -> tuple[list[dict[str, object]], bool, str]:
    done = subprocess.run(
        [sys.executable, "-c", RECORDS, kept],
        env={k: v for k, v in os.environ.items() if k != "SNAKEMAKE_PROFILE"} | variables,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, has_database, refused = json.loads(done.stdout)
    return said, has_database, refused


def test_records_are_those_of_snakemake_and_no_database_is_loaded() -> None:
    said, has_database, refused = records("files")
    usual, *_ = records("as usual")
    assert said == usual
    assert said[1]["input"] == ["a", "b"]
    if has_database:
        pytest.skip("this version of Snakemake is left as it is")
    assert refused.startswith("WorkflowError: persistence-backend: is db, expected file")


def test_where_a_profile_may_ask_for_a_database_it_is_there() -> None:
    _, has_database, _ = records("files", SNAKEMAKE_PROFILE="none")
    assert has_database
