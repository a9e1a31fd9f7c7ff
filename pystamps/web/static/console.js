// The page of the console. Everything that comes from a data set goes through textContent or
// setAttribute of harmless attributes: no markup is ever made from text.

const $ = (id) => document.getElementById(id);

const page = {
  folders: [],        // what can be chosen
  chosen: null,       // one of them
  tab: "",
  live: null,         // latest event of the chosen data set
  source: null,       // its stream
  parameters: [],
  changed: new Map(), // values for the next run, by parameter
  wasRunning: false,
};

const STEPS = [
  [1, "load candidates"], [2, "phase noise"], [3, "select pixels"], [4, "weed pixels"],
  [5, "correct and merge"], [6, "unwrap"], [7, "look-angle error"], [8, "noise filter, velocity"],
];
const TABS = {
  "data set": [["overview", "Overview"], ["run", "Run"], ["history", "History"],
    ["results", "Results"], ["verify", "Verify"], ["coverage", "Coverage"]],
  "raw export": [["overview", "Overview"], ["prepare", "Prepare"], ["coverage", "Coverage"]],
  "": [["coverage", "Coverage"]],
};
const SIGNS = {
  done: "✓", completed: "✓", missing: "○", planned: "▷", stale: "↻", empty: "∅", blocked: "⋯",
  running: "▶", starting: "▶", failed: "✗", refused: "✗", error: "✗", warning: "!", info: "i",
  stopped: "■", interrupted: "■", skipped: "–", skipped_existing: "✓", unreadable: "?",
  certified: "✓", "parity-certified": "✓", implemented: "◐",
};
const WORDS = { skipped_existing: "up to date" };

// ---------------------------------------------------------------- building blocks

function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "class") {
      node.className = value;
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...solid(children));
  return node;
}

const solid = (children) => children.flat(9).filter((child) => child !== null && child !== undefined);
const place = (box, ...children) => box.replaceChildren(...solid(children));

// Control characters and those that turn the direction of text are made visible.
function shown(text) {
  return String(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const name = (text) => el("bdi", { class: "name" }, shown(text));
const button = (text, listener, properties = {}) =>
  el("button", { type: "button", ...properties, on: { click: listener } }, text);

function state(word, label = WORDS[word] ?? word) {
  return el("span", { class: `state ${String(word).replaceAll(/[^a-z_-]/g, "")}` },
    el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[word] ?? "·"), ` ${label}`);
}

function table(caption, columns, rows, properties = {}) {
  const head = el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, k) => (
    k === 0 ? el("th", { scope: "row" }, cell) : el("td", { "data-label": columns[k] }, cell)))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", properties, el("caption", {}, caption), el("thead", {}, head),
      el("tbody", {}, body)));
}

function field(label, control, hint = null) {
  control.id = control.id || `field-${label.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control,
    hint && el("small", {}, hint));
}

function choice(options, selected) {
  return el("select", {}, options.map(([value, label]) =>
    el("option", { value, selected: String(value) === String(selected) }, label)));
}

function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const between = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;
const moment = (text) => (text ? new Date(text).toLocaleString() : "");
const megabytes = (number) => (number ? `${Math.round(number)} MB` : "not measured");
const steps = (plan) => (plan.kind === "report" ? "all stages, figures and report"
  : plan.kind === "figures" ? "figures"
  : plan.start_step === plan.end_step ? `step ${plan.end_step}`
    : `steps ${plan.start_step} to ${plan.end_step}`);

function notice(text, isError = false) {
  $("notice").textContent = text ? shown(text) : "";
  $("notice").className = isError ? "error" : "";
  if (isError) $("notice").scrollIntoView({ block: "nearest" });
}

// A message of pySTAMPS says where and what, then what to do.
function message(text) {
  const [what, ...todo] = shown(text).split("; ");
  return el("div", { class: "message" }, el("p", {}, el("strong", {}, what)),
    todo.length ? el("p", { class: "remedy" }, "What to do: ", todo.join("; ")) : null);
}

// ---------------------------------------------------------------- asking the server

function address(path, query = {}) {
  const words = new URLSearchParams(query).toString();
  return words ? `${path}?${words}` : path;
}

async function answered(response) {
  const found = await response.json();
  if (!response.ok) throw new Error(found.error ?? `answer ${response.status}`);
  return found;
}

const ask = async (path, query) => answered(await fetch(address(path, query)));
const tell = async (path, body) => answered(await fetch(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
}));

const here = () => ({ dataset: page.chosen.path });

// Runs what a button does; while it works the button cannot be pressed again.
async function busy(control, work) {
  control.disabled = true;
  control.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    notice(error.message, true);
  } finally {
    control.disabled = false;
    control.removeAttribute("aria-busy");
  }
}

// Fills a box of a view when its answer is there; another view may have come meanwhile.
async function fill(box, words, question, draw) {
  box.replaceChildren(el("p", { class: "waiting" }, words));
  try {
    const found = await question();
    place(box, draw(found));
  } catch (error) {
    box.replaceChildren(message(error.message));
  }
}

// ---------------------------------------------------------------- choosing

async function lookForFolders() {
  const found = await ask("/api/datasets");
  page.folders = found.folders;
  const roots = found.roots.map(shown).join(", ");
  const options = found.folders.map((folder, k) => el("option",
    { value: k, disabled: folder.problem !== "" },
    `${shown(relative(folder.path, found.roots))} — ${folder.kind}${
      folder.problem ? `, not usable: ${shown(folder.problem)}` : folder.detail && `, ${shown(folder.detail)}`}`));
  $("dataset").replaceChildren(...(options.length ? options
    : [el("option", { value: "" }, "nothing found")]));
  $("dataset").disabled = options.length === 0;
  if (!found.is_complete) notice("There are more folders than are looked through; start the console in a folder nearer to your data.");
  const before = page.chosen?.path ?? sessionStorage.getItem("chosen");
  const index = found.folders.findIndex((folder) => folder.path === before && !folder.problem);
  const first = found.folders.findIndex((folder) => !folder.problem);
  await choose(index >= 0 ? index : first, roots);
}

function relative(path, roots) {
  const root = roots.find((one) => path === one || path.startsWith(`${one}/`));
  if (!root) return path;
  const base = root.split("/").pop() || root;
  const inside = roots.length > 1 ? base + path.slice(root.length) : path.slice(root.length + 1);
  return inside || base;
}

async function choose(index, roots = "") {
  page.source?.close();
  page.source = null;
  page.live = null;
  page.wasRunning = false;
  page.changed.clear();
  page.parameters = [];
  page.chosen = page.folders[index] ?? null;
  $("live").hidden = true;
  if (page.chosen === null) {
    drawTabs("");
    $("view").replaceChildren(el("div", { class: "card" }, el("h2", {}, "No data set here"),
      el("p", {}, "No data set and no raw export was found in ", el("code", {}, roots), "."),
      el("ul", {},
        el("li", {}, "Start the console with the folders of your data: ",
          el("code", {}, "pystamps console FOLDER")),
        el("li", {}, "Make a small data set to try it: ",
          el("code", {}, "pystamps simulate small --preset tiny"), ", then press “Look again”."))));
    return;
  }
  $("dataset").value = String(index);
  sessionStorage.setItem("chosen", page.chosen.path);
  watch();
  const known = TABS[page.chosen.kind].map(([id]) => id);
  open(known.includes(page.tab) ? page.tab : "overview");
}

function drawTabs(kind) {
  $("tabs").replaceChildren(...TABS[kind].map(([id, label]) => el("button", {
    type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === page.tab),
    "aria-controls": "view", tabindex: id === page.tab ? "0" : "-1",
    on: { click: () => open(id), keydown: moveTab },
  }, label)));
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const ids = TABS[page.chosen?.kind ?? ""].map(([id]) => id);
  const next = ids[(ids.indexOf(page.tab) + step + ids.length) % ids.length];
  open(next);
  $(`tab-${next}`).focus();
}

function open(tab) {
  page.tab = tab;
  notice("");
  drawTabs(page.chosen?.kind ?? "");
  $("view").setAttribute("aria-labelledby", `tab-${tab}`);
  place($("view"), VIEWS[tab]());
}

// ---------------------------------------------------------------- what goes on

function watch() {
  page.source = new EventSource(address("/api/events", here()));
  page.source.addEventListener("live", (event) => {
    page.live = JSON.parse(event.data);
    const isRunning = goesOn(page.live);
    drawLive();
    if (page.wasRunning && !isRunning) {
      notice("The work has ended.");
      if (["overview", "history", "results", "prepare"].includes(page.tab)) open(page.tab);
      if (page.chosen.kind === "raw export") lookForFolders();
    }
    page.wasRunning = isRunning;
  });
}

const goesOn = (live) => live.run?.state === "running" || live.holder !== null
  || (live.child !== null && live.child.exit_code === null);

function drawLive() {
  const { run, child, error } = page.live;
  const box = $("live");
  const isWorking = goesOn(page.live);
  box.hidden = false;
  box.className = `card live ${isWorking ? "working" : run?.state ?? ""}`;
  const ofChild = child !== null && (run === null || run.pid !== child.pid);
  if (error) box.replaceChildren(message(error));
  else if (ofChild && child.exit_code !== null && child.exit_code !== 0) drawRefused(box, child);
  else if (ofChild) drawChild(box, child);
  else if (run !== null) drawRun(box, run);
  else box.hidden = true;
}

function drawRefused(box, child) {
  const lines = child.output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => line.startsWith("error: "));
  box.className = "card live failed";
  box.replaceChildren(el("h2", {}, state("refused", "Not started")),
    message((errors.pop() ?? lines.pop() ?? "ended without a word").replace(/^error: /, "")),
    command(child.command), tail("Everything it wrote", lines, false));
}

function drawChild(box, child) {
  const lines = child.output.split("\n").filter((line) => line.trim() !== "");
  const isDone = child.exit_code === 0;
  place(box,
    el("h2", {}, isDone ? state("completed", "Finished") : state("starting", "Working")),
    el("p", { class: "line" }, shown(lines.at(-1) ?? "starting …")), command(child.command),
    isDone ? null : stopButton(), tail("Everything it wrote", lines, false));
  if (!isDone) box.insertBefore(el("progress", { "aria-label": "working" }), box.children[1]);
}

function drawRun(box, run) {
  const isRunning = run.state === "running";
  const failed = run.jobs.filter((job) => job.status === "failed");
  const isOpen = box.querySelector("details")?.open ?? (failed.length > 0);
  place(box,
    el("h2", {}, state(run.state, `${isRunning ? "Running" : capital(run.state)}: ${steps(run.plan)}`)),
    run.state === "completed" ? null : progress(run), isRunning ? null : verdict(run),
    run.jobs.filter((job) => job.status === "running").map((job) => workingJob(job, run)),
    failed.map((job) => failure(job, run)),
    isRunning ? stopButton() : null, command(run.command), logs(run, isOpen));
}

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const target = (job) => (job.patch ? [job.rule, " of ", name(job.patch)] : [job.rule]);

function progress(run) {
  const { done, failed, planned, percent, jobs_per_minute: rate, seconds_left: left } = run.progress;
  const isRunning = run.state === "running";
  const share = run.state === "completed" ? 100 : percent;
  const words = planned === 0 && isRunning ? "Snakemake is making its plan …"
    : [`${done} of ${planned} jobs`, failed ? `${failed} failed` : "",
      `${Math.round(share)} % of the expected work`,
      isRunning && rate ? `${rate.toFixed(1)} jobs per minute` : "",
      isRunning && left !== null ? `about ${duration(left)} left` : "",
    ].filter(Boolean).join(" · ");
  const bar = el("progress", { max: 100, "aria-label": "share of the expected work" });
  if (planned !== 0 || !isRunning) bar.setAttribute("value", share);
  return el("div", { class: "progress" }, bar, el("p", { id: "progress-words" }, words));
}

function verdict(run) {
  const parts = [run.state === "completed" && run.jobs.length === 0 ? "everything was up to date" : "", run.ended && `ended ${moment(run.ended)} after ${duration(between(run.started, run.ended))}`,
    run.peak_memory_mb ? `peak memory ${megabytes(run.peak_memory_mb)}` : "",
    run.state === "interrupted" ? "its process is gone; start again, finished work is kept" : ""];
  return el("div", {}, el("p", {}, parts.filter(Boolean).join(" · ")),
    run.message ? message(run.message) : null);
}

function workingJob(job, run) {
  const lines = run.tails.find((one) => one.rule === job.rule && one.patch === job.patch)?.lines;
  return el("div", { class: "job" }, el("p", {}, state("running", ""), el("strong", {}, target(job)),
    ` for ${duration(between(job.started, new Date().toISOString()))}`),
  el("p", { class: "line" }, shown(lines?.at(-1) ?? "no line in its log yet")));
}

function failure(job, run) {
  const result = run.targets.find((one) => one.stage === job.rule
    && (one.target === job.patch || job.patch === ""));
  const lines = run.tails.find((one) => one.rule === job.rule && one.patch === job.patch)?.lines ?? [];
  const said = lines.filter((line) => / ERROR /.test(line)).pop()?.replace(/^.* ERROR /, "");
  return el("div", { class: "job failed" },
    el("p", {}, state("failed", ""), el("strong", {}, target(job)), " failed"),
    message(result?.details || said || "see its log"));
}

function logs(run, isOpen) {
  if (run.tails.length === 0) return null;
  return el("details", { open: isOpen }, el("summary", {}, "Logs of these jobs"),
    run.tails.map((one) => [el("h3", {}, target(one), " — ", name(one.log)),
      el("pre", { tabindex: "0" }, one.lines.map(shown).join("\n") || "(empty)")]));
}

function tail(title, lines, isOpen) {
  return el("details", { open: isOpen }, el("summary", {}, title),
    el("pre", { tabindex: "0" }, lines.map(shown).join("\n") || "(nothing)"));
}

const command = (text) => el("p", { class: "command" }, "In a terminal: ", el("code", {}, shown(text)));

function stopButton() {
  return button("Stop", (event) => busy(event.target, async () => {
    if (!window.confirm("Stop this work? Finished stages are kept; the next run goes on from there.")) return;
    await tell("/api/stop", here());
    notice("Stopping: Snakemake ends its jobs.");
  }), { class: "danger", id: "stop" });
}

// ---------------------------------------------------------------- overview

function overview() {
  const boxes = [el("section", { class: "card" })];
  if (page.chosen.kind === "data set") {
    fill(boxes[0], "Looking at the stages …", () => ask("/api/status", here()), drawStatus);
  } else {
    boxes[0].append(el("h2", {}, "Raw export, not prepared yet"),
      el("p", {}, `Export of ${shown(page.chosen.detail)}. Stages 1 to 8 work on a data set, which `,
        "is made from the export: candidates, calibration, patches."),
      button("Prepare a data set", () => open("prepare"), { class: "main" }));
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

// ---------------------------------------------------------------- run

function runView() {
  const start = choice(STEPS.map(([n, text]) => [n, `${n} ${text}`]), 1);
  const end = choice(STEPS.map(([n, text]) => [n, `${n} ${text}`]), 8);
  const cores = el("input", { type: "number", min: 1, max: 4096, id: "cores",
    value: Math.max(1, navigator.hardwareConcurrency || 1) });
  const planned = el("section", { class: "card", "aria-live": "polite", hidden: true });
  const asked = () => ({ ...here(), start_step: Number(start.value), end_step: Number(end.value),
    cores: Number(cores.value), stamps: Object.fromEntries(page.changed) });
  const begin = (more) => async () => {
    await tell("/api/runs", { ...asked(), ...more });
    notice("Started.");
    $("live").scrollIntoView({ block: "nearest" });
  };
  const parameters = el("section", { class: "card" });
  if (page.parameters.length) parameters.replaceChildren(...drawParameters());
  else fill(parameters, "Reading the parameters …", () => ask("/api/parameters", here()), (found) => {
    page.parameters = found;
    return drawParameters();
  });
  return [el("section", { class: "card" }, el("h2", {}, "Run stages"),
    el("p", {}, "What is up to date is skipped. A dry run says what would be done, and changes nothing."),
    el("div", { class: "fields" }, field("First step", start), field("Last step", end),
      field("Cores", cores, "at most; stages share them")),
    el("p", { id: "changed-words" }, changedWords()),
    el("div", { class: "buttons" },
      button("Dry run", (event) => busy(event.target, () => dryRun(planned, asked())), { id: "dry-run" }),
      button("Start run", (event) => busy(event.target, begin({})), { class: "main", id: "start-run" }),
      button("All stages, figures and report", (event) => busy(event.target, begin({ kind: "report" })),
        { id: "start-report" }))),
  planned, parameters];
}

const changedWords = () => (page.changed.size === 0 ? "Parameters: as they are in the data set."
  : `Parameters for this run: ${[...page.changed].map(([key, value]) => `${key} = ${value}`).join(", ")}`);

async function dryRun(box, asked) {
  box.hidden = false;
  box.replaceChildren(el("p", { class: "waiting" }, "Snakemake makes its plan …"));
  try {
    const found = await tell("/api/plan", asked);
    const wanted = found.targets.filter((one) => one.status === "planned");
    box.replaceChildren(el("h2", {}, wanted.length ? `Would run: ${wanted.length} of ${found.targets.length}`
      : "Nothing would run: everything is up to date"),
    table("Plan", ["Stage", "Target", "What happens", "Why"], found.targets.map((one) =>
      [one.stage, name(one.target), state(one.status), shown(one.details)])));
  } catch (error) {
    box.replaceChildren(el("h2", {}, state("error", "The run would be refused")), message(error.message));
  }
}

function drawParameters() {
  const filter = el("input", { type: "search", id: "parameter-filter", placeholder: "weed, unwrap, …" });
  const stage = choice([["", "all stages"], ...STEPS.map(([n, text]) => [n, `${n} ${text}`]),
    ["P", "products and figures"]], "");
  stage.id = "parameter-stage";
  const rows = page.parameters.map(parameterRow);
  const hide = () => page.parameters.forEach((one, k) => {
    const words = `${one.name} ${one.meaning}`.toLowerCase();
    rows[k].hidden = !words.includes(filter.value.toLowerCase())
      || (stage.value !== "" && !one.stages.split(" ").includes(stage.value));
  });
  filter.addEventListener("input", hide);
  stage.addEventListener("change", hide);
  const columns = ["Parameter", "Meaning", "Now", "For this run"];
  return [el("h2", {}, "StaMPS parameters"),
    el("p", {}, "A value for this run goes before those of the data set, and is kept in parms.mat as StaMPS does. Leave it empty to change nothing."),
    el("div", { class: "fields" }, field("Find", filter), field("Used in", stage)),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "StaMPS parameters" },
      el("table", { class: "parameters" }, el("caption", {}, "StaMPS parameters"),
        el("thead", {}, el("tr", {}, columns.map((one) => el("th", { scope: "col" }, one)))),
        el("tbody", {}, rows)))];
}

function parameterRow(one) {
  const id = `parameter-${one.name}`;
  const given = page.changed.get(one.name) ?? "";
  const input = one.choices.length
    ? choice([["", "(no change)"], ...one.choices.map((word) => [word, word])], given)
    : el("input", { type: "text", value: given, autocomplete: "off", spellcheck: "false", size: 10 });
  input.id = id;
  input.addEventListener("change", () => {
    const value = input.value.trim();
    if (value === "") page.changed.delete(one.name);
    else page.changed.set(one.name, value);
    row.classList.toggle("changed", value !== "");
    $("changed-words").textContent = changedWords();
  });
  const row = el("tr", { class: given ? "changed" : "" },
    el("th", { scope: "row" }, el("label", { for: id }, one.name)),
    el("td", { "data-label": "Meaning" }, one.meaning, el("small", {},
      `${one.unit ? `in ${one.unit}; ` : ""}${one.allowed}; stages ${one.stages || "none"}`)),
    el("td", { "data-label": "Now" }, el("code", {}, shown(one.value)), el("small", {},
      `from ${shown(one.source)}; default ${one.default}`)),
    el("td", { "data-label": "For this run" }, input));
  return row;
}

// ---------------------------------------------------------------- prepare

function prepareView() {
  const patches = el("input", { type: "text", value: "1x1", id: "patches" });
  const target = el("input", { type: "text", value: `${page.chosen.path.split("/").pop()}_data_set`, id: "target" });
  const cores = el("input", { type: "number", min: 1, max: 4096, id: "cores",
    value: Math.max(1, navigator.hardwareConcurrency || 1) });
  const processor = page.chosen.detail;
  const shownPlan = el("div", { "aria-live": "polite" });
  const show = () => fill(shownPlan, "Reading the headers of the export …",
    () => ask("/api/preparation", { ...here(), processor, patches: patches.value }), drawPreparation);
  show();
  return el("section", { class: "card" }, el("h2", {}, "Prepare a data set from this export"),
    el("p", {}, "Calibrates the images, selects candidates and divides the image into patches. The export is only read."),
    el("div", { class: "fields" },
      field("New folder", target, "beside the export"),
      field("Patches", patches, "range x azimuth, or auto"), field("Cores", cores)),
    el("div", { class: "buttons" }, button("Show the plan", show),
      button("Prepare", (event) => busy(event.target, async () => {
        await tell("/api/prepare", { ...here(), processor, target: target.value,
          patches: patches.value, cores: Number(cores.value) });
        notice("Started.");
      }), { class: "main", id: "start-prepare" })),
    shownPlan);
}

function drawPreparation(found) {
  const [width, length] = found.size;
  return [el("dl", {},
    [["Processor", found.processor], ["Images", found.images], ["Interferograms", found.interferograms],
      ["Reference image", found.reference || "none: small baselines"], ["Size", `${width} samples x ${length} lines`],
      ["Amplitude dispersion below", found.threshold], ["Overlap of patches", found.default_overlap],
    ].map(([term, value]) => [el("dt", {}, term), el("dd", {}, shown(value))])),
  table(`Patches (${found.patches.length})`, ["Patch", "Samples and lines, with overlap", "Without overlap"],
    found.patches.map((one) => [name(one.name), one.bounds.join(" "), one.own_bounds.join(" ")]))];
}

// ---------------------------------------------------------------- history

function history() {
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
        shown(job.reason), button("Log", (event) => showLog(job, event.target),
          { "aria-label": `Log of ${shown(job.rule)} ${shown(job.patch)}` })])),
    run.targets.length === 0 ? null : el("details", {}, el("summary", {}, "Result of every stage"),
      table("Results", ["Stage", "Target", "Result", "Details"], run.targets.map((one) =>
        [shown(one.stage), name(one.target), state(one.status), shown(one.details)]))),
    el("div", { id: "log-box" })];
}

function showLog(job, control) {
  busy(control, async () => {
    const found = await ask("/api/log", { ...here(), rule: job.rule, patch: job.patch });
    const box = $("log-box");
    box.replaceChildren(el("h3", {}, name(found.log), " (of the latest run of the job)"),
      el("pre", { tabindex: "0" }, found.text.split("\n").map(shown).join("\n") || "(empty)"));
    box.querySelector("pre").focus();
  });
}

// ---------------------------------------------------------------- results

function results() {
  const box = el("section", { class: "card" });
  fill(box, "Looking for figures …", () => ask("/api/status", here()), drawResults);
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

// ---------------------------------------------------------------- verify, coverage

function verifyView() {
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

function drawVerdict(found) {
  const title = found.equal ? "Equal within the tolerances" : `${found.differences.length} differences`;
  const rows = (items) => items.map((one) => [el("span", {}, name(one.file), " ", shown(one.variable)),
    shown(one.kind), one.n_elements ? `${one.n_different} of ${one.n_elements}` : "",
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

function coverage() {
  const box = el("section", { class: "card" });
  fill(box, "Reading what is implemented and certified …", () => ask("/api/coverage"),
    (found) => [el("h2", {}, "Coverage: what is implemented and certified"), generic(found)]);
  return box;
}

// Shows any answer: lists of records as tables, the rest as terms.
function generic(value) {
  if (value === null || typeof value !== "object") return el("span", {}, shown(value ?? "–"));
  if (Array.isArray(value)) {
    if (value.length === 0) return el("span", {}, "none");
    if (value.every((one) => one !== null && typeof one === "object" && !Array.isArray(one))) {
      const columns = [...new Set(value.flatMap((one) => Object.keys(one)))];
      return table(`${value.length} rows`, columns, value.slice(0, 500).map((one) =>
        columns.map((column) => generic(one[column] ?? null))));
    }
    return el("span", {}, value.map((one) => [generic(one), " "]));
  }
  return el("dl", {}, Object.entries(value).map(([key, item]) =>
    [el("dt", {}, shown(key)), el("dd", {}, generic(item))]));
}

// ---------------------------------------------------------------- beginning

const VIEWS = { overview, run: runView, prepare: prepareView, history, results, verify: verifyView, coverage };

$("dataset").addEventListener("change", () => choose(Number($("dataset").value)));
$("rescan").addEventListener("click", (event) => busy(event.target, lookForFolders));
$("picture").addEventListener("click", (event) => { if (event.target === $("picture")) $("picture").close(); });
lookForFolders().catch((error) => notice(error.message, true));
