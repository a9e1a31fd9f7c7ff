"""A Slurm of one node on the loopback device, for tests: started and stopped by hand, as root.

``python scripts/local_slurm.py start FOLDER`` starts munged, MariaDB, slurmdbd, slurmctld and
slurmd, with accounting enforced, and prints the environment that its commands need; ``check`` says
why none can be started here, if so;
``python scripts/local_slurm.py stop FOLDER`` ends them. Outside of FOLDER only a link to its
slurm.conf is made, where Slurm looks for it, and taken away again; every port is one that was free.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PROGRAMS = (
    "munged",
    "mariadbd",
    "mariadb-install-db",
    "slurmdbd",
    "slurmctld",
    "slurmd",
    "sbatch",
    "sacct",
    "sacctmgr",
)
PACKAGES = "munge mariadb-server slurmdbd slurmctld slurmd slurm-client"
"""Names of the packages of Debian that hold the programs."""

NODE_CPUS, NODE_MB = 8, 16_000
"""What the node says that it has: Slurm believes it (``config_overrides``)."""

_SECONDS_TO_START = 30.0
_SECONDS_TO_STOP = 10.0
_SBIN = "/usr/sbin:/sbin"
_SLURM_LOOKS_HERE = Path("/etc/slurm/slurm.conf")
"""Steps of jobs find Slurm by this file alone: Snakemake's plugin takes SLURM_CONF from them."""


def why_not() -> str:
    """Say why no Slurm can be started here; empty if one can."""
    missing = [name for name in PROGRAMS if not _path_of(name)]
    if missing:
        return f"{', '.join(missing)} missing: apt-get install {PACKAGES}"
    if os.geteuid() != 0:
        return "its daemons are started as root"
    if _SLURM_LOOKS_HERE.exists():
        return f"{_SLURM_LOOKS_HERE} is there: this machine is part of a cluster"
    return ""


@contextlib.contextmanager
def running_slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Start a Slurm below a folder, give the variables that its commands need, and stop it.

    Another process starts it, so that its daemons are nobody's children.
    """
    starter = [sys.executable, __file__]
    try:
        subprocess.run([*starter, "start", str(folder)], check=True)
        yield _variables_of(folder)
    finally:
        subprocess.run([*starter, "stop", str(folder)], check=True)


def start_slurm(folder: Path) -> dict[str, str]:
    """Start the five daemons in their order, and enter this user into the accounting."""
    folder.mkdir(mode=0o755, parents=True)
    (database, keeper, controller, node), addresses = _free_ports(4), "127.0.0.1"
    for name in ("spool", "state", "munge"):
        (folder / name).mkdir(mode=0o755)
    _start_munge(folder)
    _start_database(folder, database)
    _write_private(
        folder / "slurmdbd.conf",
        f"""AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdAddr={addresses}
DbdPort={keeper}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
""",
    )
    host = socket.gethostname().split(".")[0]
    (folder / "slurm.conf").write_text(
        f"""ClusterName=loopback
SlurmctldHost={host}({addresses})
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=100000,bf_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={addresses}
AccountingStoragePort={keeper}
AccountingStoragePass={folder}/munge/socket
AccountingStorageEnforce=associations,limits,safe
AccountingStoreFlags=job_comment
EnforcePartLimits=ALL
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=300
KillWait=2
MailProg=/bin/true
NodeName={host} NodeAddr={addresses} CPUs={NODE_CPUS} RealMemory={NODE_MB} State=UNKNOWN
PartitionName=batch Nodes={host} Default=YES MaxTime=2-0 DefMemPerCPU=500 State=UP
"""
    )
    environment = _variables_of(folder)
    everything = os.environ | environment
    _SLURM_LOOKS_HERE.unlink(missing_ok=True)  # a link of ours that leads nowhere
    _SLURM_LOOKS_HERE.symlink_to(folder / "slurm.conf")
    _run_in_background(folder, "slurmdbd", ["-D"], everything)
    _wait_for("slurmdbd", lambda: _answers(keeper), folder)
    _account(everything)
    _run_in_background(folder, "slurmctld", ["-D", "-c"], everything)
    _wait_for("slurmctld", lambda: _succeeds(["scontrol", "ping"], everything), folder)
    _run_in_background(folder, "slurmd", ["-D", "-N", host], everything)
    idle = ["sinfo", "-h", "-o", "%T"]
    _wait_for("slurmd", lambda: "idle" in _said(idle, everything), folder)
    return environment


def _variables_of(folder: Path) -> dict[str, str]:
    """Give the variables that the commands of a Slurm below a folder need."""
    return {"SLURM_CONF": str(folder / "slurm.conf")}


def stop_slurm(folder: Path) -> None:
    """Cancel the jobs that are left, and end the daemons in the reverse order."""
    everything = os.environ | _variables_of(folder)
    if (folder / "slurmctld.process").is_file():
        subprocess.run(["scancel", "--user=root"], env=everything, check=False, timeout=30)
    for name in ("slurmd", "slurmctld", "slurmdbd", "mariadbd", "munged"):
        record = folder / f"{name}.process"
        if record.is_file():
            _end(int(record.read_text()))
            record.unlink()
    if _SLURM_LOOKS_HERE.is_symlink() and _SLURM_LOOKS_HERE.readlink() == folder / "slurm.conf":
        _SLURM_LOOKS_HERE.unlink()


def _start_munge(folder: Path) -> None:
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    places = folder / "munge"
    options = ["--foreground", f"--key-file={key}", f"--socket={places}/socket"]
    options += [
        f"--pid-file={places}/pid",
        f"--log-file={places}/log",
        f"--seed-file={places}/seed",
    ]
    _run_in_background(folder, "munged", [*options, "--force"], dict(os.environ))
    _wait_for("munged", (places / "socket").is_socket, folder)


def _start_database(folder: Path, port: int) -> None:
    data = folder / "database"
    install = [_path_of("mariadb-install-db"), "--no-defaults", "--user=root", f"--datadir={data}"]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True)
    _write_private(
        folder / "database.sql",
        "CREATE DATABASE slurm_acct;\nCREATE USER 'slurm'@'127.0.0.1' IDENTIFIED BY 'slurm';\n"
        "GRANT ALL ON slurm_acct.* TO 'slurm'@'127.0.0.1';\n",
    )
    options = ["--no-defaults", "--user=root", f"--datadir={data}", f"--port={port}"]
    options += ["--bind-address=127.0.0.1", f"--socket={folder}/database.socket"]
    options += [f"--init-file={folder}/database.sql", f"--pid-file={folder}/database.pid"]
    options += ["--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M"]
    options += ["--innodb-lock-wait-timeout=900", "--skip-name-resolve"]
    _run_in_background(folder, "mariadbd", options, dict(os.environ))
    _wait_for("mariadbd", lambda: _answers(port), folder)


def _account(environment: dict[str, str]) -> None:
    """Enter cluster, account and user: without them no job is accepted."""
    for entry in (
        ["cluster", "loopback"],
        ["account", "insar", "cluster=loopback"],
        ["user", "root", "account=insar", "defaultaccount=insar"],
    ):
        command = ["sacctmgr", "-i", "add", *entry]
        subprocess.run(command, env=environment, check=False, capture_output=True, timeout=30)


def _run_in_background(
    folder: Path, name: str, options: Sequence[str], environment: dict[str, str]
) -> None:
    with (folder / f"{name}.out").open("wb") as output:
        process = subprocess.Popen(
            [_path_of(name), *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    (folder / f"{name}.process").write_text(str(process.pid))


def _wait_for(name: str, is_ready: Callable[[], bool], folder: Path) -> None:
    """Wait until a daemon answers.

    Raises
    ------
    RuntimeError
        With the last lines that it has said.
    """
    end = time.monotonic() + _SECONDS_TO_START
    while not is_ready():
        if time.monotonic() > end:
            said = "\n".join((folder / f"{name}.out").read_text().splitlines()[-10:])
            raise RuntimeError(f"{name} does not answer after {_SECONDS_TO_START:.0f} s:\n{said}")
        time.sleep(0.1)


def _end(process: int) -> None:
    """End a daemon of ours, and wait until it is gone."""
    end = time.monotonic() + _SECONDS_TO_STOP
    number = signal.SIGTERM
    while _is_alive(process):
        os.kill(process, number)
        time.sleep(0.1)
        if time.monotonic() > end:
            number = signal.SIGKILL


def _is_alive(process: int) -> bool:
    with contextlib.suppress(ChildProcessError):  # another process may have started it
        os.waitpid(process, os.WNOHANG)
    try:
        status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _succeeds(command: Sequence[str], environment: dict[str, str]) -> bool:
    return (
        subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    )


def _said(command: Sequence[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    return done.stdout


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _path_of(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SBIN}") or ""


def main(arguments: Sequence[str]) -> int:
    """Start or stop, as the command line says."""
    match arguments:
        case ["check"]:
            if why_not():
                print(f"no Slurm can be started here: {why_not()}", file=sys.stderr)
                return 1
        case ["start", folder]:
            for name, value in start_slurm(Path(folder).resolve()).items():
                print(f"export {name}={value}")
        case ["stop", folder]:
            stop_slurm(Path(folder).resolve())
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["start"] and why_not():
        sys.exit(why_not())
    sys.exit(main(sys.argv[1:]))
