// What there is: runs so far, figures, comparison with a golden tree, coverage.

import { capital, command, target, verdict } from "./live.js";
import {
  $, STEPS, WORDS, address, ask, between, busy, button, choice, duration, el, field, fill, here,
  megabytes, moment, name, notice, page, shown, state, steps, table, tell,
} from "./parts.js";

export function history() {
  const box = el("section", { class: "card" });
  const details = el("section", { class: "card", hidden: true, tabindex: "-1" });
  fill(box, "Reading the history …", () => ask("/api/runs", here()), (runs) => (runs.length === 0
    ? [el("h2", {}, "No runs yet"), el("p", {}, "Runs appear here, those of the terminal too.")]
    : [el("h2", {}, "Runs"), table("Runs, the latest first",
      ["Started", "What", "State", "Duration", "Jobs", "Peak memory", ""], runs.map((run) => historyRow(run, details)))]));
  return [box, details];
}

function historyRow(run, details) {
  if (run.state === "unreadable") return [run.id, "", state("unreadable"), "", "", "", shown(run.message)];
  const jobs = Object.entries(run.jobs).map(([word, count]) => `${count} ${WORDS[word] ?? word}`).join(", ");
  return [moment(run.started), steps(run.plan), state(run.state),
    duration(run.ended ? between(run.started, run.ended) : NaN) || "–", jobs || "none", megabytes(run.peak_memory_mb),
    button("Details", () => showRun(run.id, details), { "aria-label": `Details of the run of ${moment(run.started)}` })];
}

async function showRun(id, box) {
  box.hidden = false;
  await fill(box, "Reading the record …", () => ask(`/api/runs/${encodeURIComponent(id)}`, here()), drawRecord);
  box.focus();
}

function drawRecord(run) {
  const settings = Object.entries({ ...run.plan.stamps, ...run.plan.settings });
  return [el("h2", {}, state(run.state, `Run of ${moment(run.started)}: ${steps(run.plan)}`)),
    verdict(run), el("dl", {},
      [["Cores", run.plan.cores], ["pySTAMPS", run.version], ["Process", `${run.pid} on ${run.host}`],
        ["Settings", settings.length ? settings.map(([key, value]) => `${key} = ${value}`).join(", ") : "as in the data set"],
      ].map(([term, value]) => [el("dt", {}, term), el("dd", {}, shown(value))])),
    command(run.command),
    run.jobs.length === 0 ? el("p", {}, "No job had to run.")
      : table("Jobs", ["Job", "State", "Duration", "Peak memory", "Why", "Log"], run.jobs.map((job) => [
        el("span", {}, target(job)), state(job.status), duration(job.seconds), megabytes(job.peak_memory_mb),
        shown(inShort(job.reason)), button("Log", (event) => showLog(job, event.target),
          { "aria-label": `Log of ${shown(job.rule)} ${shown(job.patch)}` })])),
    run.targets.length === 0 ? null : el("details", {}, el("summary", {}, "Result of every stage"),
      table("Results", ["Stage", "Target", "Result", "Details"], run.targets.map((one) =>
        [shown(one.stage), name(one.target), state(one.status), shown(one.details)]))),
    el("div", { id: "log-box" })];
}

// Snakemake lists every value before and after; which one has changed stands in the overview.
const inShort = (reason) => (reason.length > 120 ? reason.split(": ")[0] : reason);

function showLog(job, control) {
  busy(control, async () => {
    const found = await ask("/api/log", { ...here(), rule: job.rule, patch: job.patch });
    const box = $("log-box");
    box.replaceChildren(el("h3", {}, name(found.log), " (of the latest run of the job)"),
      el("pre", { tabindex: "0" }, found.text.split("\n").map(shown).join("\n") || "(empty)"));
    box.querySelector("pre").focus();
  });
}

export function results() {
  const box = el("section", { class: "card" });
  fill(box, "Looking for figures …", () => ask("/api/results", here()), drawResults);
  return box;
}

function drawResults(found) {
  const report = found.report === null
    ? el("p", {}, "There is no report yet: “All stages, figures and report” in the view Run makes it.")
    : el("p", {}, el("a", { href: address("/report", here()), download: "report.html" }, "Save report.html"),
      ` (made ${new Date(found.report * 1000).toLocaleString()}). It is one file with all figures; open it in a browser, it works offline.`);
  const draw = button("Draw what the results allow", (event) => busy(event.target, async () => {
    await tell("/api/runs", { ...here(), kind: "figures", cores: Math.max(1, navigator.hardwareConcurrency || 1) });
    notice("Started.");
  }), { id: "draw-figures" });
  return [el("h2", {}, "Report"), report, el("h2", {}, "Figures"), draw,
    found.figures.length === 0 ? el("p", {}, "There are no figures yet.")
      : el("ul", { class: "figures" }, found.figures.map((figure) => el("li", {}, figureButton(figure))))];
}

function figureButton(figure) {
  const source = address(`/figures/${encodeURIComponent(figure.name)}`, { ...here(), drawn: figure.drawn });
  return button([el("img", { src: source, alt: "", loading: "lazy" }), el("span", {}, capital(figure.title))], () => {
    $("picture-image").src = source;
    $("picture-image").alt = figure.title;
    $("picture-title").textContent = `${capital(figure.title)}, drawn ${new Date(figure.drawn * 1000).toLocaleString()}`;
    $("picture").showModal();
  }, { class: "figure", "data-figure": figure.name });
}

export function verifyView() {
  const others = page.folders.filter((folder) => folder.kind === "data set" && !folder.problem
    && folder.path !== page.chosen.path);
  const box = el("section", { class: "card", "aria-live": "polite", hidden: true });
  if (others.length === 0) {
    return el("section", { class: "card" }, el("h2", {}, "Compare with a golden tree"),
      el("p", {}, "There is no other data set below the folders of the console to compare with. Start the console with the folder of the golden tree too."));
  }
  const golden = choice(others.map((folder) => [folder.path, shown(folder.path)]), others[0].path);
  const through = choice(STEPS.map(([n, text]) => [n, `${n} ${text}`]), 8);
  const profile = choice([["strict", "strict: equal to the original"],
    ["scientific", "scientific: what matters to users"]], "strict");
  return [el("section", { class: "card" }, el("h2", {}, "Compare with a golden tree"),
    el("p", {}, "Every variable of every MAT file is compared, each with a tolerance in its own unit."),
    el("div", { class: "fields" }, field("Golden tree", golden), field("Through step", through),
      field("Profile", profile)),
    el("div", { class: "buttons" }, button("Verify", (event) => busy(event.target, async () => {
      box.hidden = false;
      await fill(box, "Comparing; large trees take minutes …", () => tell("/api/verify",
        { ...here(), golden: golden.value, through_stage: Number(through.value), profile: profile.value }), drawVerdict);
    }), { class: "main", id: "start-verify" }))), box];
}

const KINDS = { extra: "only in this data set", missing: "only in the golden tree" };

function drawVerdict(found) {
  const title = found.equal ? "Equal within the tolerances" : `${found.differences.length} differences`;
  const rows = (items) => items.map((one) => [el("span", {}, name(one.file), " ", shown(one.variable)),
    KINDS[one.kind] ?? shown(one.kind), one.n_elements ? `${one.n_different} of ${one.n_elements}` : "",
    one.kind === "values" ? `${one.largest ?? "not finite"} ${one.unit}` : shown(one.found),
    one.kind === "values" ? `at most ${one.tolerance} ${one.unit}` : shown(one.expected),
    ...(one.reason ? [shown(one.reason)] : [])]);
  const columns = ["File and variable", "What", "Elements", "Largest difference, or found", "Allowed, or expected"];
  return [el("h2", {}, state(found.equal ? "done" : "failed", title)),
    el("p", {}, `${found.files.length} files, ${found.n_variables} variables, profile ${found.profile}; compared with ${shown(found.golden.join(", "))}.`),
    found.differences.length ? table("Different", columns, rows(found.differences)) : null,
    found.known.length ? el("details", {}, el("summary", {}, `Known, not counted (${found.known.length})`),
      table("Known, not counted", [...columns, "Reason"], rows(found.known))) : null,
    el("details", {}, el("summary", {}, "Every variable"), table("Every variable",
      ["File and variable", "Result", "Unequal elements", "Worst", "Allowed"], found.comparisons.map((one) => [
        el("span", {}, name(one.file), " ", shown(one.variable)), state(one.equal ? "done" : "failed", one.equal ? "equal" : "different"),
        `${one.n_unequal} of ${one.n_elements}`, `${one.worst ?? "not finite"} ${one.unit}`, `${one.tolerance} ${one.unit}`])))];
}

export function coverage() {
  const box = el("section", { class: "card" });
  fill(box, "Reading what is implemented and certified …", () => ask("/api/coverage"), drawCoverage);
  return box;
}

function drawCoverage(records) {
  const there = records.filter((one) => one.stage && !one.form && one.readiness !== "planned");
  const planned = records.filter((one) => !there.includes(one));
  const columns = ["Stage", "Works on", "Data", "Readiness", "What shows it"];
  return [el("h2", {}, "What is implemented and certified"),
    el("p", {}, "Certified: the last audit found results equal to those of StaMPS, and the code is still the same."),
    table("Stages", columns, there.map((one) => [
      el("span", {}, el("b", {}, `${one.step} `), one.title, el("small", {}, one.stage)),
      one.scope === "patch" ? "each patch" : "merged data set", one.mode, state(one.readiness), shownBy(one)])),
    el("details", {}, el("summary", {}, `StaMPS has it, pySTAMPS refuses it by name (${planned.length})`),
      table("Planned", ["What", "Data", "Form", "Routines of StaMPS"], planned.map((one) => [
        one.title || one.stage, one.mode, one.form || "–", one.routines.join(", ")])))];
}

function shownBy(one) {
  if (one.note || one.evidence === null) return one.note;
  const { date, version, profile, data_sets: sets } = one.evidence;
  return `audit of ${date}, pySTAMPS ${version}, ${profile}: ${sets.join(", ")}`;
}
