// Stages of all targets, what the next run does and why, what the doctor finds.

import { ask, button, el, fill, here, name, page, shown, state, table } from "./parts.js";

export function overview() {
  const boxes = [el("section", { class: "card" })];
  if (page.chosen.kind === "data set") {
    fill(boxes[0], "Looking at the stages …", () => ask("/api/status", here()), drawStatus);
  } else {
    boxes[0].append(el("h2", {}, "Raw export, not prepared yet"),
      el("p", {}, `Export of ${shown(page.chosen.detail)}. Stages 1 to 8 work on a data set, which `,
        "is made from the export: candidates, calibration, patches."),
      button("Prepare a data set", () => page.open("prepare"), { class: "main" }));
  }
  const doctor = el("section", { class: "card" });
  examineFolder(doctor, true);
  return [...boxes, doctor];
}

function drawStatus(found) {
  const waiting = found.entries.filter((entry) => !["done", "empty"].includes(entry.state));
  const title = waiting.length === 0 ? "All stages are done"
    : `${found.entries.length - waiting.length} of ${found.entries.length} stages are done`;
  return [el("h2", {}, title), ["patch", "merged"].map((scope) => grid(found.entries, scope)),
    waiting.length === 0 ? null : el("details", { open: waiting.length <= 12 },
      el("summary", {}, `What the next run does, and why (${waiting.length})`),
      el("ul", { class: "reasons" }, waiting.map(reason))),
    el("p", { class: "legend" }, ["done", "missing", "stale", "empty", "blocked"].map((word) => state(word)))];
}

function grid(entries, scope) {
  const wanted = entries.filter((entry) => entry.scope === scope);
  if (wanted.length === 0) return null;
  const stages = [...new Set(wanted.map((entry) => entry.stage))];
  const targets = [...new Set(wanted.map((entry) => entry.target))];
  const of = new Map(wanted.map((entry) => [`${entry.target}\n${entry.stage}`, entry]));
  const titles = stages.map((stage) => {
    const entry = wanted.find((one) => one.stage === stage);
    return el("span", {}, el("b", {}, `${entry.step} `), entry.title);
  });
  return table(scope === "patch" ? "Patches" : "Merged data set", ["", ...titles],
    targets.map((one) => [name(one), ...stages.map((stage) => {
      const entry = of.get(`${one}\n${stage}`);
      return el("span", { title: shown(entry.reason ?? "") }, state(entry.state));
    })]), { class: "grid" });
}

function reason(entry) {
  const changes = (entry.changes ?? []).map((change) =>
    `${change.name}: ${change.old} → ${change.new}`);
  return el("li", {}, state(entry.state), " ", el("strong", {}, entry.title), " (",
    entry.scope === "patch" ? name(entry.target) : "merged", ")",
    entry.reason ? `: ${shown(entry.reason)}` : "", changes.length ? ` [${shown(changes.join(", "))}]` : "");
}

function examineFolder(box, quick) {
  fill(box, quick ? "The doctor looks at headers, texts and sizes …"
    : "The doctor examines everything; that can take minutes …",
  () => ask("/api/doctor", { ...here(), quick }), (found) => drawDoctor(found, box));
}

function drawDoctor(found, box) {
  const errors = found.findings.filter((one) => one.severity === "error").length;
  const warnings = found.findings.filter((one) => one.severity === "warning").length;
  const title = found.can_succeed ? "Doctor: a run can succeed" : "Doctor: a run cannot succeed";
  return [el("h2", {}, state(found.can_succeed ? "done" : "error", title)),
    el("p", {}, `${found.is_quick ? "Quick check" : "Thorough check"} of ${found.kind}: `
      + `${errors} errors, ${warnings} warnings.`),
    el("ul", { class: "findings" }, found.findings.map((one) => el("li", { class: one.severity },
      el("p", {}, state(one.severity), " ", el("strong", {}, name(one.file === "." ? "the folder" : one.file)), ": ", shown(one.found),
        one.expected ? ` (expected ${shown(one.expected)})` : ""),
      one.action && one.severity !== "info" ? el("p", { class: "remedy" }, "What to do: ", shown(one.action)) : null,
      el("p", { class: "code" }, one.code)))),
    button(found.is_quick ? "Examine thoroughly" : "Examine again",
      () => examineFolder(box, false))];
}
