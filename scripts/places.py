"""What every folder and every top-level module holds, and what it may import.

The table in ``CONTRIBUTING.md`` is made from this one (``generate_tables.py``), and
``tests/test_layers.py`` compares it with the imports of the code, those inside functions too:
an import that is not allowed fails, and so does a permission that nobody uses. The rows are in
order: a place imports only what stands above it.

A place is a folder, or a module at the top of a package, by its dotted name: ``pystamps.`` is
left out, ``kernels`` stands for ``pystamps_kernels``. A folder does not stand for its subfolders:
they have rows of their own, and so have modules that may more than their folder. A permission
is a place or, where only a part is needed, a module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
KERNEL = "kernels.KERNEL"
"""Stands for the folder of every kernel, those with a ``reference.py``."""

FRONTS = "kernel_fronts"
"""``pystamps/kernels.py``, whose short name would be that of ``pystamps_kernels``."""

GROUND = (
    "version",
    "arrays",
    "errors",
    "interferograms",
    "model",
    "rows",
    "dates",
    "geo",
    "matlab",
    "cdt",
    "qhull",
    "progress",
    "fit_condition",
    "stage_table",
    "troposphere_methods",
    "visible",
)
"""All other places of ``pystamps`` may import these without saying so."""

FREE_PACKAGES = ("numpy",)
"""So may all, beside the standard library."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the table.

    Attributes
    ----------
    holds : str
    imports : str
        Places and modules of this project that it may import, with blanks between them.
    packages : str
        Packages of others, with blanks between them.
    """

    holds: str
    imports: str = ""
    packages: str = ""

    @property
    def permissions(self) -> list[str]:
        """All that the place may import beside itself, the ground and what is free."""
        return [*self.imports.split(), *self.packages.split()]


PLACES = {
    "kernels.errors": Place("what kernels refuse"),
    "kernels.registry": Place("what each kernel computes, from what, how closely"),
    "kernels.undisturbed_imports": Place(
        "imports of packages that read settings from the working directory"
    ),
    "kernels.compile_cache_place": Place("where compiled kernels are kept: a private folder"),
    "kernels.compile_cache_age": Place("when kernels were used; removal of the unused"),
    "kernels.waiting": Place("how long this process waited for what another one compiles"),
    "kernels.host": Place(
        "what loops on the processor share; compilation and its cache; Numba is imported here only",
        "kernels.compile_cache_age kernels.compile_cache_place kernels.undisturbed_imports "
        "kernels.waiting",
        packages="llvmlite numba",
    ),
    "kernels.device": Place(
        "what loops on a CUDA device share, through CuPy",
        "kernels.compile_cache_place kernels.errors",
        packages="cupy",
    ),
    "kernels.backends": Place(
        "ways to run a kernel, one record each", "kernels.device kernels.host"
    ),
    "kernels.choice": Place(
        "which implementation of a kernel runs",
        "kernels.backends kernels.device kernels.errors kernels.registry",
    ),
    "kernels": Place(
        "the front of the kernels",
        "kernels.backends kernels.choice kernels.device kernels.errors kernels.registry "
        "kernels.waiting",
    ),
    KERNEL: Place(
        "one hot loop: NumPy reference, Numba, CUDA (`cuda.py`, `kernel.cu`)",
        "kernels.choice kernels.device kernels.host",
        packages="scipy",
    ),
    "version": Place("version"),
    "errors": Place("errors that the user can repair: one line"),
    "arrays": Place("names of array types"),
    "dates": Place("dates as MATLAB counts them"),
    "rows": Place("large matrices in blocks of rows", "arrays"),
    "matlab": Place("built-ins of MATLAB whose exact results matter", "arrays kernels.KERNEL"),
    "geo": Place("local metric coordinates", "arrays matlab"),
    "installation": Place(
        "versions of installed packages, and others of our name", packages="packaging"
    ),
    "cdt": Place(
        "Delaunay triangles by pythoncdt", "arrays errors installation", packages="pythoncdt"
    ),
    "qhull": Place("triangulations and hulls of points", "arrays", packages="scipy"),
    "interferograms": Place(
        "pairs of images, the null column of the reference image, used columns",
        "arrays dates errors rows",
    ),
    "fit_condition": Place(
        "how well a fit is determined by dates, baselines and positions",
        "arrays errors interferograms",
    ),
    "model": Place(
        "what travels between stages: one frozen dataclass per MAT artifact",
        "arrays interferograms rows",
    ),
    "progress": Place("progress of long loops", packages="rich"),
    "visible": Place("texts of data sets as people may see them, also in logs"),
    "ending": Place("how a process ends at once"),
    "resources": Place("where the workflow lies"),
    "legacy_proofs": Place("which test shows that a routine of StaMPS is here"),
    "legacy": Place("where every routine of StaMPS is", "legacy_proofs"),
    "stage_table": Place("one record per stage, product and figure"),
    "troposphere_methods": Place("one record per way to tropospheric phase"),
    "findings": Place("what readers report, and its codes"),
    "processors.names": Place("names of the processors"),
    "parameters": Place("StaMPS parameters: table, values, checks", "processors.names"),
    "io.user_paths": Place("paths as people write them, with home folders"),
    "io.bounded_text": Place("texts of users and JSON, bounded in size"),
    "config": Place(
        "settings of a run: groups of fields, schema, checks",
        "io.bounded_text io.user_paths parameters processors.names kernels",
        packages="jsonschema yaml",
    ),
    "io": Place(
        "files: MAT artifacts, texts",
        "installation io.bounded_text io.user_paths",
        packages="h5py scipy xxhash",
    ),
    "processors": Place(
        "all that depends on who made a stack: exports, prepared stacks, one record each",
        "io.bounded_text io.user_paths findings io processors.names",
    ),
    "parameters.old_names": Place("names and lists of earlier versions of StaMPS", "io"),
    "parameters.dated_lists": Place(
        "numbers of interferograms for dates in their lists", "io parameters processors"
    ),
    "parameters.value_history": Place(
        "what was changed in the parameter files: by whom, when", "io io.bounded_text"
    ),
    "parameters.files": Place(
        "effective parameters of a directory, parms.mat",
        "io parameters parameters.dated_lists parameters.old_names parameters.value_history "
        "processors processors.names",
    ),
    "parameters.differences": Place(
        "values that differ from the defaults, or between two data sets",
        "parameters parameters.files",
    ),
    "stages": Place(
        "the science: pure functions on arrays, no file",
        "config parameters processors.patch_model processors.value_limits kernels kernels.KERNEL",
        packages="scipy",
    ),
    "prep": Place(
        "stage 0: from a raw export to a data set",
        "config findings io io.bounded_text io.user_paths parameters parameters.files "
        "parameters.value_history processors kernels kernels.KERNEL kernels.host",
    ),
    "simulate": Place(
        "simulated stacks with known truth",
        "io.user_paths config io prep parameters processors.constants processors.doris_patch",
        packages="scipy yaml",
    ),
    "corrections": Place(
        "delays turned into phase, estimated, interpolated, judged: pure functions on arrays",
        "config stages",
        packages="scipy",
    ),
    "delays": Place(
        "readers of delays that other programs have made",
        "corrections io io.bounded_text",
        packages="h5py pyproj rasterio",
    ),
    "products": Place(
        "table of points, velocities, series, accuracy",
        "config io io.bounded_text io.user_paths parameters prep simulate stages parameters.files",
        packages="scipy",
    ),
    "accuracy": Place(
        "estimates of the accuracy modes, beside those of StaMPS: pure functions on arrays",
        "config kernels kernels.KERNEL parameters products stages",
        packages="scipy",
    ),
    "export": Place(
        "files for other programs: a module and a record per kind",
        "io products",
        packages="affine pyarrow pyogrio pyproj rasterio zarr",
    ),
    "figures": Place(
        "figures of the report",
        "io products parameters.files kernels.undisturbed_imports",
        packages="matplotlib",
    ),
    "plotting": Place(
        "pictures on demand: maps of all value types, series, network, profiles",
        "figures io parameters products stages parameters.files",
        packages="matplotlib scipy",
    ),
    "viewer": Place(
        "the page that shows points and series offline; its script and style, built from `viewer/`",
        "export io plotting products stages",
    ),
    "verify": Place(
        "comparison of two trees",
        "config io parameters parameters.files",
    ),
    "verify_page": Place(
        "page that shows what a comparison has found, and where on the map",
        "config figures io verify",
        packages="jinja2 matplotlib",
    ),
    "kernel_checks": Place(
        "backends of the kernels against their NumPy reference",
        "stages kernels kernels.KERNEL kernels.registry",
    ),
    "doctor": Place(
        "checks of exports and data sets; a code beside every check, `docs/troubleshooting.md` "
        "follows",
        "config findings installation io parameters parameters.files prep processors "
        "processors.names stages.image_network",
    ),
    "audit.plain_source": Place("source as text that only its meaning changes"),
    "audit.members": Place("members of classes as definitions of their own"),
    "audit.words": Place("what a piece of source mentions"),
    "audit.source_graph": Place(
        "which definitions of the source reach which others",
        "audit.members audit.plain_source audit.words",
    ),
    "audit.fingerprint": Place(
        "digest of the code that a stage reaches",
        "audit.plain_source audit.source_graph audit.words kernels",
    ),
    "audit.evidence": Place("what the last audit has shown"),
    "audit.coverage": Place(
        "what each stage can do, and what shows it",
        "audit.evidence audit.fingerprint legacy kernels",
    ),
    "replay": Place(
        "what stands for the results of stages: a finished tree, checked against the run",
        "io processors stages",
    ),
    "forked_jobs": Place(
        "jobs as forks of one process that has loaded everything: server, orders, client",
        "ending installation kernel_checks kernels kernels.host",
        packages="numba threadpoolctl",
    ),
    "pipeline": Place(
        "plan, status, Snakemake driver",
        "audit.coverage audit.evidence config corrections delays doctor forked_jobs installation "
        "io io.bounded_text kernels parameters parameters.differences parameters.files prep "
        "processors replay resources stages",
        packages="psutil pylmcf triangle yaml",
    ),
    "pipeline.entry": Place(
        "entry points of the stages: directory in, artifacts on disk",
        "accuracy config corrections delays doctor io io.bounded_text kernels "
        "kernels.compile_cache_place kernel_checks pipeline prep processors products stages "
        "parameters parameters.files",
    ),
    "adoption": Place(
        "taking results over: what is proven, what is trusted, what is made again",
        "config io io.bounded_text parameters parameters.files pipeline pipeline.entry products "
        "replay",
    ),
    "report_page": Place(
        "the report that people pass on: one HTML file",
        "config figures io io.bounded_text parameters parameters.differences parameters.files "
        "pipeline pipeline.entry plotting products",
        packages="jinja2 matplotlib threadpoolctl",
    ),
    "notebook": Place(
        "a data set in Python: `pystamps.open`",
        "config figures io parameters pipeline pipeline.entry plotting products",
        packages="matplotlib",
    ),
    "pipeline.snakemake_plugins.snakemake_logger_plugin_pystamps": Place(
        "events of Snakemake for `pystamps run`",
        packages="snakemake_interface_logger_plugins",
    ),
    "pipeline.snakemake_plugins.snakemake_executor_plugin_pystamps": Place(
        "scripts of rules as forks, for `pystamps run`", "forked_jobs", packages="snakemake"
    ),
    FRONTS: Place("kernels under the names of earlier versions", "config kernels kernels.KERNEL"),
    "audit.documents": Place("documents of the audit and their schemas", packages="jsonschema"),
    "audit": Place(
        "runs what the original has processed and compares; the manifest, the contract, the report",
        "audit.documents audit.evidence audit.fingerprint config io parameters.files pipeline "
        "verify",
    ),
    "web": Place(
        "the console: a page on this machine, its guard, its answers",
        "audit.coverage config doctor findings io parameters parameters.files pipeline prep "
        "processors viewer kernels",
        packages="sse_starlette starlette uvicorn",
    ),
    "schedulers": Place(
        "commands of PBS and LSF for the profiles: submit a job, say how it has ended",
        "io",
    ),
    "rulekit": Place("what all rule scripts share", "config ending forked_jobs io pipeline"),
    "cli": Place(
        "one thin module per command",
        "adoption audit audit.coverage config doctor export figures findings installation io "
        "kernel_checks "
        "legacy parameters parameters.differences parameters.files parameters.value_history "
        "pipeline pipeline.entry plotting prep processors processors.names products report_page "
        "resources simulate verify verify_page viewer web kernels "
        "kernels.compile_cache_place kernels.device kernels.host kernels.undisturbed_imports",
        packages="click rich",
    ),
    "__main__": Place("`python -m pystamps`", "cli ending"),
    "rules.scripts": Place(
        "one call of an entry point per rule", "figures pipeline pipeline.entry rulekit"
    ),
}


def page_with_table(page: str) -> str:
    """Put the table of places between its marks in a page."""
    before, begin, rest = page.partition("<!-- places -->\n")
    _, end, after = rest.partition("<!-- end places -->\n")
    if not (begin and end):
        raise ValueError("CONTRIBUTING.md has no marks <!-- places --> and <!-- end places -->")
    return "\n".join([f"{before}{begin}", *table_lines(), "", f"{end}{after}"])


def table_lines() -> list[str]:
    """Give the table of places in Markdown."""
    head = "| place | holds | may import beside itself and the ground | packages |"
    return [head, "|---|---|---|---|", *(_line(name, place) for name, place in PLACES.items())]


def _line(name: str, place: Place) -> str:
    own = ", ".join(f"`{permission.replace('.', '/')}`" for permission in place.imports.split())
    return f"| `{shown_path(name)}` | {place.holds} | {own} | {place.packages} |"


def shown_path(name: str) -> str:
    """Give the file or folder of a place as people write it."""
    if name == FRONTS:
        return "pystamps/kernels.py"
    if name in ("version", "kernels"):
        package = "pystamps" if name == "version" else "kernels/pystamps_kernels"
        return f"{package}/__init__.py"
    top = name.partition(".")[0]
    path = name.replace(".", "/")
    if top == "kernels":
        path = path.replace("kernels/", "kernels/pystamps_kernels/", 1)
    elif top != "rules":
        path = f"pystamps/{path}"
    return f"{path}.py" if (CHECKOUT / f"{path}.py").is_file() else f"{path}/"
