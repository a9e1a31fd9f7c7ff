"""Doctor and preparation agree about exports as the real programs write them, whole and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_defects import ALL, DEFECTS
from written_exports import FORMS, scan_findings, written_export

from pystamps.config import RawExport
from pystamps.errors import PystampsError
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors.scan import scan_export


def _cases() -> list[tuple[str, str, str]]:
    """Give every defect for every exporter that can have it, in one of its forms after another."""
    cases = []
    for exporter in ALL:
        forms = [form for name, form in FORMS if name == exporter]
        names = [name for name, defect in DEFECTS.items() if exporter in defect.exporters]
        cases += [(exporter, forms[k % len(forms)], name) for k, name in enumerate(names)]
    return cases


@pytest.mark.parametrize(("exporter", "form", "name"), _cases())
def test_a_defect_is_reported_and_refused_whatever_program_wrote_the_export(
    tmp_path: Path, exporter: str, form: str, name: str
) -> None:
    folder, defect = written_export(tmp_path, exporter, form), DEFECTS[name]
    defect.damage(scan_export(exporter, folder))
    found = scan_findings(exporter, folder)
    assert defect.code in {finding.code for finding in found}, [f.message for f in found]
    errors = [finding for finding in found if finding.severity == "error"]
    assert bool(errors) == defect.is_refused, errors
    if errors:
        with pytest.raises(PystampsError) as refusal:
            prepare_dataset(tmp_path / "run", RawExport(exporter, export=folder))
        assert str(refusal.value).endswith(f"[{errors[0].code}]")
        assert not list((tmp_path / "run").glob("[!.]*"))
