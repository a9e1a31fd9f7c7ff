"""Whether files are shared with other hosts, where locks of the system cannot be trusted."""

from __future__ import annotations

from pathlib import Path

_SHARED = (
    "nfs", "cifs", "smb", "afs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "fuse.", "9p",
    "virtiofs", "webdav", "ncpfs", "panfs", "orangefs", "pvfs2", "ocfs2", "gfs2",
)  # fmt: skip


def is_shared_with_hosts(path: Path) -> bool:
    """Tell whether a path lies on a file system that other hosts may use too."""
    import psutil  # few commands ask

    place = path.resolve()
    mounts = [part for part in psutil.disk_partitions(all=True) if part.mountpoint]
    above = [part for part in mounts if place.is_relative_to(part.mountpoint)]
    if not above:
        return False
    nearest = max(above, key=lambda part: len(part.mountpoint))
    return str(nearest.fstype).lower().startswith(_SHARED)
