// The page of the console: choosing a folder, and the views.

import { stop, watch } from "./live.js";
import { overview } from "./overview.js";
import { $, ask, busy, el, here, notice, page, place, shown } from "./parts.js";
import { coverage, history, results, verifyView } from "./results.js";
import { prepareView, runView } from "./work.js";

const TABS = {
  "data set": [["overview", "Overview"], ["run", "Run"], ["history", "History"],
    ["results", "Results"], ["verify", "Verify"], ["coverage", "Coverage"]],
  "raw export": [["overview", "Overview"], ["prepare", "Prepare"], ["coverage", "Coverage"]],
  "": [["coverage", "Coverage"]],
};

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
  if (page.chosen !== null && index >= 0) { // what is shown goes on
    page.chosen = page.folders[index];
    $("dataset").value = String(index);
    return;
  }
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

page.open = open;
page.lookForFolders = lookForFolders;

const VIEWS = { overview, run: runView, prepare: prepareView, history, results, verify: verifyView, coverage };

$("dataset").addEventListener("change", () => choose(Number($("dataset").value)));
$("stop").addEventListener("click", stop);
$("rescan").addEventListener("click", (event) => busy(event.target, lookForFolders));
$("picture").addEventListener("click", (event) => { if (event.target === $("picture")) $("picture").close(); });
lookForFolders().catch((error) => notice(error.message, true));
