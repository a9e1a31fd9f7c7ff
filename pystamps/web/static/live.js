// What goes on on the chosen data set: progress, log lines, stop, how it ended.

import {
  $, address, between, busy, duration, el, here, megabytes, message, moment, name,
  notice, page, place, shown, state, steps, tell,
} from "./parts.js";

export function watch() {
  page.source = new EventSource(address("/api/events", here()));
  page.source.addEventListener("live", (event) => {
    page.live = JSON.parse(event.data);
    const isRunning = goesOn(page.live);
    drawLive();
    if (page.wasRunning && !isRunning) {
      notice("The work has ended.");
      if (["overview", "history", "results", "prepare"].includes(page.tab)) page.open(page.tab);
      if (page.chosen.kind === "raw export") page.lookForFolders();
    }
    page.wasRunning = isRunning;
  });
}

const goesOn = (live) => live.run?.state === "running" || live.holder !== null
  || (live.child !== null && live.child.exit_code === null);

// The button Stop stays the same node, whatever is drawn anew around it: it keeps the focus, and a
// press that lasts while something is drawn is not lost.
function drawLive() {
  const { run, child, error } = page.live;
  const box = $("live");
  const isWorking = goesOn(page.live);
  const ofChild = child !== null && (run === null || run.pid !== child.pid);
  const isRefused = ofChild && child.exit_code !== null && child.exit_code !== 0;
  const drawn = error ? { body: message(error) }
    : isRefused ? drawRefused(child) : ofChild ? drawChild(child) : run ? drawRun(run) : null;
  const isOpen = $("live-foot").querySelector("details")?.open;
  box.hidden = drawn === null;
  box.className = `card live ${isWorking ? "working" : isRefused ? "failed" : run?.state ?? ""}`;
  place($("live-body"), drawn?.body);
  place($("live-foot"), drawn?.foot);
  const details = $("live-foot").querySelector("details");
  if (details && isOpen !== undefined) details.open = isOpen;
  $("stop").hidden = !isWorking;
  if (!isWorking) $("stop").textContent = "Stop";
}

function drawRefused(child) {
  const lines = child.output.split("\n").filter((line) => line.trim() !== "");
  const said = lines.filter((line) => line.startsWith("error: ")).pop() ?? lines.at(-1);
  return {
    body: [el("h2", {}, state("refused", "Not started")),
      message((said ?? "ended without a word").replace(/^error: /, ""))],
    foot: [command(child.command), tail("Everything it wrote", lines)],
  };
}

function drawChild(child) {
  const lines = child.output.split("\n").filter((line) => line.trim() !== "");
  const isDone = child.exit_code === 0;
  return {
    body: [el("h2", {}, isDone ? state("completed", "Finished") : state("starting", "Working")),
      isDone ? null : el("progress", { "aria-label": "working" }),
      el("p", { class: "line" }, shown(lines.at(-1) ?? "starting …"))],
    foot: [command(child.command), tail("Everything it wrote", lines)],
  };
}

function drawRun(run) {
  const isRunning = run.state === "running";
  const failed = run.jobs.filter((job) => job.status === "failed");
  const title = `${isRunning ? "Running" : capital(run.state)}: ${steps(run.plan)}`;
  return {
    body: [el("h2", {}, state(run.state, title)),
      run.state === "completed" ? null : progress(run), isRunning ? null : verdict(run),
      run.jobs.filter((job) => job.status === "running").map((job) => workingJob(job, run)),
      failed.map((job) => failure(job, run))],
    foot: [command(run.command), logs(run, failed.length > 0)],
  };
}

export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
export const target = (job) => (job.patch ? [job.rule, " of ", name(job.patch)] : [job.rule]);

function progress(run) {
  const { done, failed, planned, percent, jobs_per_minute: rate, seconds_left: left } = run.progress;
  const isRunning = run.state === "running";
  const share = run.state === "completed" ? 100 : percent;
  const words = planned === 0 ? (isRunning ? "Snakemake is making its plan …" : "no job was started")
    : [`${done} of ${planned} jobs`, failed ? `${failed} failed` : "",
      `${Math.round(share)} % of the expected work`,
      isRunning && rate ? `${rate.toFixed(1)} jobs per minute` : "",
      isRunning && left !== null ? `about ${duration(left)} left` : "",
    ].filter(Boolean).join(" · ");
  if (planned === 0 && !isRunning) return el("p", { id: "progress-words" }, words);
  const bar = el("progress", { max: 100, "aria-label": "share of the expected work" });
  if (planned !== 0 || !isRunning) bar.setAttribute("value", share);
  return el("div", { class: "progress" }, bar, el("p", { id: "progress-words" }, words));
}

export function verdict(run) {
  const parts = [run.state === "completed" && run.jobs.length === 0 ? "everything was up to date" : "",
    run.ended && `ended ${moment(run.ended)} after ${duration(between(run.started, run.ended))}`,
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

function tail(title, lines) {
  return el("details", {}, el("summary", {}, title),
    el("pre", { tabindex: "0" }, lines.map(shown).join("\n") || "(nothing)"));
}

export const command = (text) => el("p", { class: "command" }, "In a terminal: ", el("code", {}, shown(text)));

export function stop() {
  busy($("stop"), async () => {
    if (!window.confirm("Stop this work? Finished stages are kept; the next run goes on from there.")) return;
    await tell("/api/stop", here());
    $("stop").textContent = "Stopping …";
    notice("Stopping: Snakemake ends its jobs.");
  });
}
