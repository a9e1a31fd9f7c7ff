"""Jobs are forks of a server: what they see, how they end, and that nothing of them is left."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pystamps.forked_jobs.client import ForkRefusedError, JobServer, can_fork_jobs
from pystamps.forked_jobs.orders import JobEnd, JobOrder

pytestmark = pytest.mark.skipif(not can_fork_jobs(), reason="jobs are forks on Linux only")

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[JobServer]:
    """A server with two threads at most for a job."""
    server = JobServer((), most_threads=2)
    yield server
    server.close()


def order_for(
    folder: Path, script: str, *, threads: int = 1, log: str = "stage1_load", **environment: str
) -> JobOrder:
    """Order a job that runs a script; its stage is one that loads little."""
    path = folder / "script.py"
    path.write_text(script)
    return JobOrder(
        str(path), str(folder), [f"logs/{log}.log"], ["made.txt"], {"patch": "P"}, threads,
        {"a": 1}, environment,
    )  # fmt: skip


def end_of_job(server: JobServer, order: JobOrder) -> JobEnd | None:
    with server.running(order) as running:
        return running.end()


SEES = """
import os, sys, threadpoolctl
from pathlib import Path
from pystamps_kernels.host.tasks import thread_count
blas = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"}
Path(snakemake.output[0]).write_text(
    f"{snakemake.config['a']} {snakemake.wildcards.get('patch', '')} {snakemake.threads}"
    f" {blas} {thread_count()} {os.environ['OF_JOB']} {Path.cwd().name} {__name__}"
    f" {'scipy.spatial' in sys.modules}")
"""


def test_a_job_sees_what_snakemake_gives_a_script_and_has_its_threads(server, tmp_path):
    order = order_for(tmp_path, SEES, threads=2, OF_JOB="x")
    end = end_of_job(server, order)
    assert end is not None
    assert end.status == 0
    assert end.processor_s > 0
    assert end.peak_memory_mb > 20
    said = (tmp_path / "made.txt").read_text()
    assert said == f"1 P 2 {{2}} 2 x {tmp_path.name} __main__ True"


def test_a_job_of_a_rule_that_is_no_stage_runs(server, tmp_path):
    order = order_for(tmp_path, "open(snakemake.output[0], 'w').close()", log="stage6_part_1_of_2")
    end = end_of_job(server, order)
    assert end is not None and end.status == 0
    assert (tmp_path / "made.txt").exists()


def test_a_job_leaves_no_trace_in_the_next_one(server, tmp_path):
    changes = "import os, sys; sys.planted = 1; os.environ['OF_JOB'] = 'y'; os.chdir('/')"
    assert end_of_job(server, order_for(tmp_path, changes)).status == 0
    looks = "import os, sys; sys.exit(hasattr(sys, 'planted') or 'OF_JOB' in os.environ)"
    assert end_of_job(server, order_for(tmp_path, looks)).status == 0


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('said')", 1),
        ("raise ValueError('unforeseen')", 1),
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("from pystamps.rulekit import end_job_process; end_job_process()", 0),
        ("import gc, sys; sys.exit(0 if gc.isenabled() else 5)", 0),
    ],
)
def test_a_job_ends_as_a_process_of_its_own_would(server, tmp_path, script, status):
    assert end_of_job(server, order_for(tmp_path, script)).status == status


def test_jobs_run_beside_each_other_and_random_numbers_differ(server, tmp_path):
    script = "import random; open('made.txt', 'w').write(str(random.random()))"
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    with (
        server.running(order_for(folders[0], script)) as first,
        server.running(order_for(folders[1], script)) as second,
    ):
        assert first.pid != second.pid
        assert [second.end().status, first.end().status] == [0, 0]
    assert len({(folder / "made.txt").read_text() for folder in folders}) == 2


def test_a_job_begins_only_when_it_is_waited_for(server, tmp_path):
    order = order_for(tmp_path, "open('made.txt', 'w').close()")
    with server.running(order) as running:
        process = psutil.Process(running.pid)
        assert process.is_running()
        assert not (tmp_path / "made.txt").exists()
    process.wait(PATIENCE_S)  # nobody waits any more: it ends and has done nothing
    assert not (tmp_path / "made.txt").exists()


def test_the_peak_of_memory_is_that_of_the_job(server, tmp_path):
    small = end_of_job(server, order_for(tmp_path, "pass"))
    large = end_of_job(server, order_for(tmp_path, "bytearray(b'x') * (300 << 20)"))
    after = end_of_job(server, order_for(tmp_path, "pass"))
    assert 295 < large.peak_memory_mb - small.peak_memory_mb < 400
    assert after.peak_memory_mb < small.peak_memory_mb + 20


GIVES_BACK = "from pystamps.rulekit import end_job_process; {}; end_job_process(snakemake)"


def pid_and_end(server: JobServer, order: JobOrder) -> tuple[int, JobEnd]:
    with server.running(order) as running:
        end = running.end()
        assert end is not None
        return running.pid, end


def test_a_process_that_a_script_gives_back_takes_the_next_job_of_that_script(server, tmp_path):
    writes = "import os; open(snakemake.output[0], 'w').write(os.environ['OF_JOB'])"
    order = order_for(tmp_path, GIVES_BACK.format(writes), OF_JOB="first")
    first, _ = pid_and_end(server, order)
    again, end = pid_and_end(server, dataclasses.replace(order, environment={"OF_JOB": "second"}))
    assert (again, end.status) == (first, 0)
    assert (tmp_path / "made.txt").read_text() == "second"
    (tmp_path / "other").mkdir()
    assert pid_and_end(server, order_for(tmp_path / "other", "pass"))[0] != first


def test_a_process_that_does_further_jobs_has_nothing_of_the_former_ones(server, tmp_path):
    script = GIVES_BACK.format(
        "import logging, os, sys, time, warnings; from pathlib import Path\n"
        "from pystamps.rulekit import _log_to\n"
        "from pystamps_kernels.choice import _say\n"
        "_log_to(Path(snakemake.log[0])); warnings.warn('warned'); _say('native', 1, 'why')\n"
        "until = time.process_time() + (0.4 if 'LONG' in os.environ else 0)\n"
        "while time.process_time() < until: pass\n"
        "assert ('LONG' in os.environ) == (snakemake.threads == 2)\n"
        "os.chdir('/')"
    )
    long = order_for(tmp_path, script, threads=2, log="long/stage1_load", LONG="1")
    log = "logs/short/stage1_load.log"
    short = dataclasses.replace(long, threads=1, log=[log], environment={})
    first, end_of_long = pid_and_end(server, long)
    second, end_of_short = pid_and_end(server, short)
    assert first == second
    assert end_of_long.processor_s > 0.4 > 0.2 > end_of_short.processor_s
    for name in ("long", "short"):
        text = (tmp_path / f"logs/{name}/stage1_load.log").read_text()
        assert text.count("UserWarning: warned") == text.count("kernels: native (why)") == 1, name


@pytest.mark.parametrize(
    "leaves",
    [
        "import sys; sys.modules['__main__'].kept = bytearray(b'x') * (100 << 20)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
        "import threading as t, time; t.Thread(target=time.sleep, args=[9], daemon=True).start()",
        "import sys; sys.modules['cupy'] = sys",
    ],
    ids=["memory", "program", "thread", "device"],
)
def test_a_process_that_is_no_longer_as_a_fork_takes_no_job(server, tmp_path, leaves):
    order = order_for(tmp_path, GIVES_BACK.format(leaves))
    (first, end), (second, _) = pid_and_end(server, order), pid_and_end(server, order)
    assert end.status == 0
    assert first != second


def test_a_process_that_has_done_a_job_fails_like_any_other(server, tmp_path):
    order = order_for(tmp_path, GIVES_BACK.format("import os; exec(os.environ['DOES'])"), DOES="")
    first, _ = pid_and_end(server, order)
    killed = "os.kill(os.getpid(), 9)"
    same, end = pid_and_end(server, dataclasses.replace(order, environment={"DOES": killed}))
    assert (same, end.status) == (first, -signal.SIGKILL)
    other, end = pid_and_end(server, order)
    assert (other != first, end.status) == (True, 0)


def test_a_process_that_waits_for_a_job_and_is_killed_is_replaced(server, tmp_path):
    order = order_for(tmp_path, GIVES_BACK.format("pass"))
    first, _ = pid_and_end(server, order)
    process = psutil.Process(first)
    process.kill()
    process.wait(PATIENCE_S)
    second, end = pid_and_end(server, order)
    assert (second != first, end.status) == (True, 0)


def test_the_peak_of_a_further_job_is_its_own(server, tmp_path):
    order = order_for(
        tmp_path, GIVES_BACK.format("import os; bytearray(b'x') * int(os.environ['BYTES'])")
    )
    ends = []
    for size in (40 << 20, 0):
        ends.append(
            pid_and_end(server, dataclasses.replace(order, environment={"BYTES": f"{size}"}))
        )
    (first, large), (second, small) = ends
    assert first == second
    assert 35 < large.peak_memory_mb - small.peak_memory_mb < 60


def test_a_server_leaves_no_process_that_waits_for_a_job(tmp_path):
    server = JobServer((), most_threads=1)
    pid, _ = pid_and_end(server, order_for(tmp_path, GIVES_BACK.format("pass")))
    server.close()
    assert not psutil.pid_exists(pid)


SLEEPS = "import time; open('made.txt', 'w').close(); time.sleep(600)"
KILLED = """
import sys
from pystamps.forked_jobs.client import JobServer
from pystamps.forked_jobs.orders import JobOrder
server = JobServer((), most_threads=1)
order = JobOrder(sys.argv[1], sys.argv[2], ["logs/stage1_load.log"], [], {}, 1, {}, {})
with server.running(order) as running:
    print(running.pid, server._process.pid, flush=True)
    running.end()
"""


@pytest.mark.parametrize("killed", ["client", "server"])
def test_no_job_outlives_its_server_nor_the_server_its_client(tmp_path, killed):
    script = tmp_path / "sleeps.py"
    script.write_text(SLEEPS)
    command = [sys.executable, "-c", KILLED, str(script), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        job, server = (psutil.Process(int(word)) for word in client.stdout.readline().split())
        while not (tmp_path / "made.txt").exists():
            time.sleep(0.05)
        os.kill(client.pid if killed == "client" else server.pid, signal.SIGKILL)
        for process in (job, server):
            process.wait(PATIENCE_S)
        client.wait(PATIENCE_S)


def test_signals_of_the_group_end_jobs_and_the_server_says_so(tmp_path):
    server = JobServer((), most_threads=1)
    with server.running(order_for(tmp_path, SLEEPS)) as running:
        os.kill(server._process.pid, signal.SIGTERM)  # as the group gets it
        os.kill(running.pid, signal.SIGTERM)
        assert running.end().status == -signal.SIGTERM
    server.close()


@pytest.mark.usefixtures("heeded_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_job_that_is_ordered_after_a_signal_of_the_group_ends_by_it(tmp_path, number):
    server = JobServer((), most_threads=1)
    assert end_of_job(server, order_for(tmp_path, "pass")).status == 0  # it has its handlers
    os.kill(server._process.pid, number)
    ended = end_of_job(server, order_for(tmp_path, SLEEPS))
    assert ended.status == (1 if number == signal.SIGINT else -number)
    server.close()


def test_a_server_that_ignores_a_signal_has_jobs_that_do(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        server = JobServer((), most_threads=1)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert end_of_job(server, order_for(tmp_path, "pass")).status == 0
    os.kill(server._process.pid, signal.SIGHUP)
    assert end_of_job(server, order_for(tmp_path, "pass")).status == 0
    server.close()


def test_a_server_with_threads_refuses_to_fork(tmp_path, monkeypatch):
    from pystamps.forked_jobs import server

    monkeypatch.setattr(server, "_TASKS", tmp_path)
    (tmp_path / "1").touch()
    assert server.what_forbids_forks() == ""
    (tmp_path / "2").touch()
    assert server.what_forbids_forks() == "it has 2 threads"


def test_a_server_that_is_gone_refuses(tmp_path):
    server = JobServer((), most_threads=1)
    server._process.kill()
    server._process.wait()
    with pytest.raises(ForkRefusedError, match="it has ended"):
        end_of_job(server, order_for(tmp_path, ""))
    server.close()


LOADS_AHEAD = """
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels import KernelChoice
choice = KernelChoice("native", threads=2)
kernels = "stage2_clap_filter", "stage2_histogram"
for kernel in kernels:
    run_kernel(kernel, typical(kernel, 64), choice)  # has its code in the cache
from pystamps.forked_jobs import server
assert server.what_forbids_forks() == "", server.what_forbids_forks()
from importlib import import_module
clap = import_module("pystamps_kernels.stage2_clap_filter.cpu")._filter
clap._reset_overloads()
server._load_modules_of("stage2_gamma")
assert clap.signatures
assert server.what_forbids_forks() == "", server.what_forbids_forks()
"""


def test_kernels_that_were_called_or_loaded_ahead_leave_no_thread():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", LOADS_AHEAD],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("fault", ["import", "fork"])
def test_what_fails_in_the_server_refuses_one_job_and_ends_none(monkeypatch, tmp_path, fault):
    import socket

    from pystamps.forked_jobs import server as serving
    from pystamps.forked_jobs.orders import Connection

    def unable(*_: object) -> None:
        raise {"import": ImportError("no module x"), "fork": OSError(11, "no more")}[fault]

    monkeypatch.setattr(serving.gc, "freeze", lambda: None)
    monkeypatch.setattr(serving, "what_forbids_forks", lambda: "")
    monkeypatch.setattr(serving, "_load_modules_of", unable if fault == "import" else print)
    monkeypatch.setattr(serving.os, "fork", unable)
    channel, other = socket.socketpair()
    ours, its = map(Connection, socket.socketpair())
    running = serving._Server(channel, [], {})
    running._start(its, order_for(tmp_path, "pass"))
    assert ours.receive() == {
        "refused": {
            "import": "it could not load what stage1_load needs: no module x",
            "fork": "it cannot fork: no more",
        }[fault]
    }
    assert ours.receive() is None
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
    for end in (channel, other, ours):
        end.close()
