"""No path outside the roots, however it is written; names of any kind are text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from console_client import answer, client_of, order
from hostile_names import HOSTILE_NAMES

from pystamps.errors import DatasetError
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.visible import has_acting_characters
from pystamps.web.folders import find_folders
from pystamps.web.roots import OutsideRootsError, Roots

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})
STEPS = {"start_step": 1, "end_step": 1, "cores": 1}
SECRET = "the words of somebody else"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simulated") / "data"
    simulate_dataset(root, SMALL)
    return root


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A root with one data set, and beside the root what nobody may see."""
    root = tmp_path / "root"
    (root / "data" / "PATCH_1").mkdir(parents=True)
    (root / "data" / "figures").mkdir()
    (root / "data" / "logs").mkdir()
    outside = tmp_path / "outside"
    (outside / "PATCH_1").mkdir(parents=True)
    for name in ("secret.txt", "report.html", "velocity_map.png", "stage1_load.log"):
        (outside / name).write_text(SECRET)
    return root


def outside_of(place: Path) -> list[str]:
    """Give ways to write a folder that is not below the root."""
    data, outside = f"{place}/data", f"{place.parent}/outside"
    return [
        outside, f"{place}/../outside", f"{data}/../../outside", f"{place}/./../outside",
        f"{place}//..//outside", f"{data}/../data/../../outside", f"{place}/..", "/", "/etc", "..",
        ".", "", "~", "data", "./data", "../root/data", f"{place}2", f"{place}/../root/../outside",
        f"{data}\0", f"\0{data}", f"{data}\0/../../outside", f"file://{data}", f"//{outside}",
        f"{data}/%2e%2e/%2e%2e/outside", f"{place}/%2e%2e%2foutside", f"{data}/..%2f..%2foutside",
        f"{data}/%252e%252e/outside", f"{data}\\..\\..\\outside", f"{data}/\uff0e\uff0e/outside",
        f"{data}/..;/outside", f"{place}/.. /outside", f"{data}\n/../../outside", "/proc/self/cwd",
        "/proc/self/root" + outside, f"{data}/" + "../" * 30 + "etc", "x" * 5000,
        f"{place}/" + "x" * 300,
    ]  # fmt: skip


QUESTIONS = ("/api/status", "/api/results", "/api/doctor", "/api/parameters",
             "/api/preparation", "/api/runs", "/api/runs/20260101-000000-000000", "/api/log",
             "/api/events", "/report", "/figures/velocity_map.png")  # fmt: skip
ORDERS = ("/api/runs", "/api/plan", "/api/stop", "/api/prepare", "/api/verify")


def test_a_folder_that_is_not_below_the_roots_is_refused_everywhere(place: Path) -> None:
    client = client_of(place)
    for text in outside_of(place):
        for path in QUESTIONS:
            found = client.get(path, params={"dataset": text})
            assert found.status_code in (400, 403), (path, text, found.status_code)
            assert SECRET not in found.text
        for path in ORDERS:
            order(client, path, 403, dataset=text)
        order(client, "/api/verify", 403, dataset=f"{place}/data", golden=text)


def test_a_doubly_encoded_address_is_decoded_once(place: Path) -> None:
    client = client_of(place)
    for address in (f"{place}/..%2Foutside", f"{place}/data/..%2F..%2Foutside"):
        for text in (address, quote(address, safe=""), quote(quote(address, safe=""), safe="")):
            found = client.get(f"/api/status?dataset={text}")
            assert found.status_code in (400, 403) and SECRET not in found.text


def test_what_is_outside_looks_the_same_whether_it_exists_or_not(place: Path) -> None:
    client = client_of(place)
    there, not_there = f"{place.parent}/outside", f"{place.parent}/nowhere"
    answers = [
        answer(client, "/api/status", 403, dataset=text)["error"].replace(text, "X")
        for text in (there, not_there)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("path", ["/api/status", "/api/doctor", "/report"])
def test_a_link_out_of_the_roots_is_refused(place: Path, path: str) -> None:
    (place / "link").symlink_to(place.parent / "outside")
    (place / "chain").symlink_to(place / "link")
    (place / "circle").symlink_to(place / "circle")
    for name in ("link", "chain", "circle", "link/PATCH_1"):
        found = client_of(place).get(path, params={"dataset": f"{place}/{name}"})
        assert found.status_code == 403 and SECRET not in found.text


def test_a_link_within_the_roots_is_the_folder_that_it_means(place: Path) -> None:
    (place / "link").symlink_to(place / "data")
    assert Roots([place]).directory(f"{place}/link") == place / "data"


def test_files_that_are_links_out_of_the_data_set_are_not_served(place: Path) -> None:
    data, outside = place / "data", place.parent / "outside"
    (data / "report.html").symlink_to(outside / "report.html")
    (data / "figures" / "velocity_map.png").symlink_to(outside / "velocity_map.png")
    (data / "logs" / "stage1_load.log").symlink_to(outside / "stage1_load.log")
    (data / "logs" / "PATCH_1").symlink_to(outside)
    client = client_of(place, place.parent)  # a wider root does not make them part of the data set
    question = {"dataset": str(data), "rule": "stage1_load"}
    for path in ("/report", "/figures/velocity_map.png", "/api/log"):
        for patch in ("", "PATCH_1"):
            found = client.get(path, params=question | {"patch": patch})
            assert found.status_code == 403 and SECRET not in found.text


@pytest.mark.parametrize(
    "name",
    ["secret.txt", "../secret.txt", "..%2fsecret.txt", "%2e%2e%2freport.html",
     "velocity_map.png%00", "velocity_map.svg", "%2e%2e%2f", "%00", "VELOCITY_MAP.PNG",
     "velocity_map.png/..%2fx"],
)  # fmt: skip
def test_only_figures_of_the_stage_table_are_served(place: Path, name: str) -> None:
    (place / "data" / "figures" / "secret.txt").write_text(SECRET)
    found = client_of(place).get(f"/figures/{name}", params={"dataset": f"{place}/data"})
    assert found.status_code in (403, 404) and SECRET not in found.text


def test_a_figure_and_the_report_are_served_as_what_they_are(place: Path) -> None:
    (place / "data" / "figures" / "velocity_map.png").write_bytes(b"<script>1</script>")
    (place / "data" / "report.html").write_text("<script>window.__hacked=1</script>")
    client = client_of(place)
    figure = client.get("/figures/velocity_map.png", params={"dataset": f"{place}/data"})
    assert figure.status_code == 200 and figure.headers["content-type"] == "image/png"
    report = client.get("/report", params={"dataset": f"{place}/data"})
    assert report.headers["content-type"] == "application/octet-stream"
    assert report.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("patch", ["..", "../..", "../../outside", "/etc", "a\0b", "PATCH_1/../.."])
def test_a_log_is_one_of_the_data_set(place: Path, patch: str) -> None:
    question = {"dataset": f"{place}/data", "rule": "stage1_load", "patch": patch}
    found = client_of(place).get("/api/log", params=question)
    assert found.status_code == 403 and SECRET not in found.text
    question["rule"] = "../../outside/stage1_load"
    assert client_of(place).get("/api/log", params=question).status_code == 403


@pytest.mark.parametrize(
    "target", ["", "  ", ".", "..", "../x", "a/b", "/etc/x", ".hidden", "a\0b", 5, None]
)
def test_a_new_data_set_is_made_beside_the_export_only(place: Path, target: object) -> None:
    body = {"dataset": f"{place}/data", "target": target, "processor": "snap", "cores": 1}
    found = client_of(place).post("/api/prepare", json=body)
    assert found.status_code in (400, 403)
    assert sorted(path.name for path in place.iterdir()) == ["data"]


def test_an_existing_folder_is_not_prepared_over(place: Path) -> None:
    order(client_of(place), "/api/prepare", 403, dataset=f"{place}/data", target="data")


def test_roots_have_to_be_directories_and_contain_each_other_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert Roots([tmp_path / "a" / "b", tmp_path / "a", tmp_path / "a"]).folders == (
        tmp_path / "a",
    )
    with pytest.raises(DatasetError, match="no such directory"):
        Roots([tmp_path / "nowhere"])


def made(folder: Path, name: str) -> Path | None:
    """Make a folder of a hostile name, where the file system permits it."""
    path = folder / name
    try:
        path.mkdir()
    except OSError:
        return None
    return path


def test_there_are_fifty_hostile_names() -> None:
    assert len(set(HOSTILE_NAMES)) >= 50


def test_data_sets_of_hostile_names_are_found_and_answered_as_text(
    tmp_path: Path, simulated: Path
) -> None:
    paths = [path for name in HOSTILE_NAMES if (path := made(tmp_path, name))]
    assert len(paths) >= 50
    for path in paths:
        for source in simulated.iterdir():
            if source.is_file():
                (path / source.name).hardlink_to(source)
            else:
                (path / source.name).mkdir()
    client = client_of(tmp_path)
    listed = {item["path"]: item for item in answer(client, "/api/datasets")["folders"]}
    shown = [path for path in paths if not path.name.startswith(".")]
    assert set(listed) == {str(path) for path in shown}
    visible = [path for path in shown if not has_acting_characters(path.name)]
    for path in set(shown) - set(visible):
        assert "rename it" in listed[str(path)]["problem"]
    assert len(visible) >= 40
    for path in visible:
        assert listed[str(path)]["problem"] == ""
        assert answer(client, "/api/runs", dataset=str(path)) == []
        assert answer(client, "/api/doctor", dataset=str(path))["root"] == str(path)
    for path in visible[::18]:  # asks Snakemake, which takes its time
        found = answer(client, "/api/status", dataset=str(path))
        assert found["root"] == str(path) and len(found["entries"]) == 11


def test_a_name_that_is_no_text_is_shown_as_not_usable(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\xfeb/PATCH_1")).mkdir(parents=True)
    (found,) = answer(client_of(tmp_path), "/api/datasets")["folders"]
    assert "no UTF-8" in found["problem"]
    body = json.dumps({"dataset": found["path"], **STEPS}).encode("ascii")
    sent = client_of(tmp_path).post(
        "/api/plan", content=body, headers={"content-type": "application/json"}
    )
    assert sent.status_code == 400


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_patches_of_hostile_names_work_or_are_refused_clearly(tmp_path: Path, name: str) -> None:
    root = tmp_path / "data"
    root.mkdir()
    if made(root, name) is None:
        pytest.skip("the file system does not permit this name")
    (root / "patch.list").write_text(f"{name}\n", newline="")
    client = client_of(tmp_path)
    (listed,) = answer(client, "/api/datasets")["folders"]
    assert listed["path"] == str(root)
    found = client.get("/api/doctor", params={"dataset": str(root)})
    assert found.status_code == 200 and found.json()["findings"]
    log = client.get(
        "/api/log", params={"dataset": str(root), "rule": "stage1_load", "patch": name}
    )
    assert log.status_code == 403  # there is none


def test_the_search_is_bounded_and_follows_no_link(tmp_path: Path, monkeypatch) -> None:
    deep = tmp_path / "1" / "2" / "3" / "4" / "5"
    (deep / "PATCH_1").mkdir(parents=True)
    (tmp_path / "1" / "data" / "PATCH_1").mkdir(parents=True)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / ".hidden" / "PATCH_1").mkdir(parents=True)
    found = find_folders(Roots([tmp_path]))
    assert [item.path for item in found.folders] == [tmp_path / "1" / "data"] and found.is_complete
    monkeypatch.setattr("pystamps.web.folders.MOST_FOLDERS", 2)
    assert not find_folders(Roots([tmp_path])).is_complete


def test_a_refusal_names_no_more_than_was_asked(place: Path) -> None:
    with pytest.raises(OutsideRootsError) as refusal:
        Roots([place]).directory(f"{place.parent}/outside")
    assert str(refusal.value) == f"{place.parent}/outside: is not below the folders of the console"
