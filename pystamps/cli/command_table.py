"""Which commands there are: where each one is, and its line of the help page."""

from __future__ import annotations

COMMANDS = {
    "run": (
        "pystamps.cli.run:run",
        "Run the stages of the workflow on a data set; what is up to date is skipped.",
    ),
    "status": (
        "pystamps.cli.status:status",
        "Show what the next run would do with every stage, and why.",
    ),
    "info": (
        "pystamps.cli.info:info",
        "Show a data set on one page: what it is, how far it has come, what is next.",
    ),
    "log": (
        "pystamps.cli.log:log",
        "Show the logs of the last run by stage, in the order in which the stages began.",
    ),
    "stop": (
        "pystamps.cli.locks:stop",
        "End the command that works on a data set, cleanly: finished stages are kept.",
    ),
    "unlock": (
        "pystamps.cli.locks:unlock",
        "Remove locks and temporary files of killed commands from a data set.",
    ),
    "stage": ("pystamps.cli.stage:stage", "Run one stage on one directory, without Snakemake."),
    "report": (
        "pystamps.cli.report:report",
        "Write a report to pass on: one HTML file that needs neither server nor network.",
    ),
    "export": (
        "pystamps.cli.export:export",
        "Write the points of a finished data set to a file that other programs read.",
    ),
    "plot": (
        "pystamps.cli.plot:plot",
        "Draw a map of any value type, series of places, the network, a profile.",
    ),
    "ifgs": (
        "pystamps.cli.ifgs:ifgs",
        "Judge the interferograms of a data set: which ones to look at, which ones to drop.",
    ),
    "corrections": (
        "pystamps.cli.corrections:corrections",
        "Show what tropospheric phase does to every interferogram: better or worse.",
    ),
    "pairs": (
        "pystamps.cli.pairs:pairs",
        "Find pairs of images with small baselines, for interferograms that are still to be made.",
    ),
    "drop": (
        "pystamps.cli.drop:drop",
        "Leave interferograms out, by date or number; nothing runs.",
    ),
    "undrop": (
        "pystamps.cli.drop:undrop",
        "Take interferograms that were dropped in again, by date or number; nothing runs.",
    ),
    "thresholds": (
        "pystamps.cli.thresholds:thresholds",
        "Count the pixels that other thresholds would leave; no stage runs.",
    ),
    "combine": (
        "pystamps.cli.combine:combine",
        "Combine the pixels of a single-master and a small-baseline set of one scene.",
    ),
    "multilook": (
        "pystamps.cli.multilook:multilook",
        "Take coherent cells of multilooked interferograms as pixels, instead of stages 0 to 5.",
    ),
    "reference": (
        "pystamps.cli.reference_areas:reference",
        "Show the reference area of a finished data set, and propose stable ones.",
    ),
    "view": (
        "pystamps.cli.view:view",
        "Show the points of a finished data set on a map in the browser, on this machine only.",
    ),
    "import": (
        "pystamps.cli.adopt:adopt",
        "Take over results that StaMPS has made, that were copied, or that were edited.",
    ),
    "compare": (
        "pystamps.cli.compare:compare",
        "Compare points and velocities of two finished data sets of one place.",
    ),
    "decompose": (
        "pystamps.cli.decompose:decompose",
        "Combine an ascending and a descending data set to vertical and east-west velocity.",
    ),
    "gnss": (
        "pystamps.cli.gnss:gnss",
        "Compare the velocities of a finished data set with GNSS stations, and fit them.",
    ),
    "verify": (
        "pystamps.cli.verify:verify",
        "Compare every MAT file of a data set with a golden tree, and the parameters.",
    ),
    "audit": (
        "pystamps.cli.audit:audit",
        "Run everything that the original has processed, and compare every variable.",
    ),
    "params": (
        "pystamps.cli.params:params",
        "List the StaMPS parameters, or keep values in the data set.",
    ),
    "describe-backends": (
        "pystamps.cli.backends:describe_backends",
        "Show kernels and their backends, versions, threads, compile cache and external programs.",
    ),
    "check-kernels": (
        "pystamps.cli.check_kernels:check_kernels",
        "Compare every backend of the kernels on this machine with the NumPy reference.",
    ),
    "compile": (
        "pystamps.cli.compile_kernels:compile_all",
        "Compile all kernels for the machine that it runs on, before many jobs need them.",
    ),
    "doctor": (
        "pystamps.cli.doctor:doctor",
        "Examine a raw export or a data set and say what would go wrong, and what to do.",
    ),
    "coverage": (
        "pystamps.cli.coverage:coverage",
        "Show what each stage can do, what it reads, writes and runs, and what shows that it is "
        "right.",
    ),
    "describe-inputs": (
        "pystamps.cli.describe:describe_inputs",
        "Show what a prepared data set (or one patch) holds, and whether stage 1 can load it.",
    ),
    "list-legacy": (
        "pystamps.cli.describe:list_legacy",
        "Show where every routine and command of StaMPS is in pySTAMPS.",
    ),
    "prep": (
        "pystamps.cli.prep:prep",
        "Prepare a data set from a raw export: calibration, candidates, patches.",
    ),
    "update": (
        "pystamps.cli.update:update",
        "Add the images of an export to a data set; its candidates are kept.",
    ),
    "simulate": (
        "pystamps.cli.simulate:simulate",
        "Simulate a stack with known truth in the new directory OUTPUT.",
    ),
    "assess": (
        "pystamps.cli.assess:assess",
        "Compare a processed data set with the truth that `pystamps simulate` wrote.",
    ),
    "selfcheck": (
        "pystamps.cli.selfcheck:selfcheck",
        "Judge the accuracy of a finished data set by itself; no truth is needed.",
    ),
    "demo": (
        "pystamps.cli.demo:demo",
        "Simulate an export of SNAP over a subsiding area, prepare it, run all stages, compare.",
    ),
    "console": (
        "pystamps.cli.console:console",
        "Show data sets, runs and results on a page in the browser, on this machine only.",
    ),
    "report-bug": (
        "pystamps.cli.report_bug:report_bug",
        "Gather what the report of a fault needs in one ZIP file: no data, no pixels.",
    ),
    "workflow-path": (
        "pystamps.cli.report:workflow_path",
        "Print the folder of the Snakefile, for use with snakemake itself.",
    ),
}
"""Name of every command: where it is, and its line of the help page, in the order of the page."""

NATIVE_COMMANDS = {
    "stage": (
        "pystamps.cli.stage:native_stage",
        "Run one stage on one directory with native kernels only, without Snakemake.",
    )
}
"""The same of the command ``pystamps-native``."""
