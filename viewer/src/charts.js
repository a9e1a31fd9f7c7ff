// Charts, drawn by uPlot: series with error bars and fits, histogram, baselines, profile.

import uPlot from "uplot";

import { BINS } from "./described.js";
import { text } from "./texts.js";

const DATENUM_1970 = 719529;
const DAY_SECONDS = 86400;
const STEPS_OF_FIT = 300;
const MARK = 6;

/**
 * @typedef {{name: string, colour: string, values: number[], errors: number[],
 *   fit: ((day: number) => number)|null}} Line
 */

/** @type {Map<HTMLElement, uPlot>} */
const charts = new Map();

/** @param {number} day MATLAB date number */
const secondsOf = (day) => (day - DATENUM_1970) * DAY_SECONDS;

/**
 * @param {HTMLElement} box @param {Partial<uPlot.Options>} options @param {uPlot.AlignedData} data
 */
function drawChart(box, options, data) {
  eraseChart(box);
  box.replaceChildren();
  const size = { width: Math.max(box.clientWidth, 200), height: 210 };
  const all = /** @type {uPlot.Options} */ ({
    ...size,
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    ...options,
  });
  charts.set(box, new uPlot(all, data, box));
}

/** @param {HTMLElement} box */
export function eraseChart(box) {
  charts.get(box)?.destroy();
  charts.delete(box);
}

/** Fit all charts to the width of their boxes. */
export function resizeCharts() {
  for (const [box, chart] of charts) {
    if (box.clientWidth) chart.setSize({ width: box.clientWidth, height: chart.height });
  }
}

/** @param {string} [label] without one it is an axis of dates, with two lines of text
 * @returns {uPlot.Axis} */
const axis = (label) => ({
  size: label ? 26 : 38,
  label, labelSize: label ? 18 : 0, labelFont: "12px sans-serif", font: "11px sans-serif",
  grid: { stroke: "#e3e3e3", width: 1 }, ticks: { stroke: "#bbb", width: 1, size: 4 }, stroke: "#333",
});

/** @param {string} label @returns {uPlot.Axis} */
const upright = (label) => ({ ...axis(label), size: 48 });

/** @param {string} colour @param {number} [size] @returns {uPlot.Series} */
const dots = (colour, size = MARK) => ({
  paths: () => null, stroke: colour, points: { show: true, size, fill: colour, width: 0 },
});

/** @param {number[]} values @returns {[number, number]} */
function spanOf(values) {
  const known = values.filter(Number.isFinite);
  if (!known.length) return [-1, 1];
  let [low, high] = [Infinity, -Infinity];
  for (const v of known) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const pad = 0.06 * (high - low) || 1;
  return [low - pad, high + pad];
}

/** @param {number[]} values @returns {(number|null)[]} */
const gaps = (values) => values.map((v) => (Number.isFinite(v) ? v : null));

/** @param {HTMLElement} box @param {number[]} days @param {Line[]} lines */
export function drawSeries(box, days, lines) {
  const ends = lines.flatMap(({ values, errors }) =>
    values.flatMap((v, k) => [v - (errors[k] || 0), v + (errors[k] || 0)]),
  );
  const margin = (days[days.length - 1] - days[0]) * 0.03 || 1;
  const xs = [secondsOf(days[0] - margin), secondsOf(days[days.length - 1] + margin)];
  drawChart(box, {
    scales: {
      x: { time: true, range: () => [xs[0], xs[1]] },
      y: { range: () => spanOf(ends) },
    },
    axes: [axis(), upright(text("displacementAxis"))],
    series: [{}, ...lines.map((line) => dots(line.colour))],
    hooks: { draw: [(chart) => lines.forEach((line) => drawExtras(chart, days, line))] },
  }, [days.map(secondsOf), ...lines.map((line) => gaps(line.values))]);
}

/** Draw error bars and the fit. @param {uPlot} chart @param {number[]} days @param {Line} line */
function drawExtras(chart, days, line) {
  const { ctx } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
  ctx.clip();
  ctx.strokeStyle = line.colour;
  ctx.lineWidth = window.devicePixelRatio;
  ctx.beginPath();
  days.forEach((day, k) => {
    if (!(line.errors[k] > 0) || !Number.isFinite(line.values[k])) return;
    const x = chart.valToPos(secondsOf(day), "x", true);
    ctx.moveTo(x, chart.valToPos(line.values[k] - line.errors[k], "y", true));
    ctx.lineTo(x, chart.valToPos(line.values[k] + line.errors[k], "y", true));
  });
  ctx.globalAlpha = 0.6;
  ctx.stroke();
  if (line.fit) {
    ctx.globalAlpha = 1;
    ctx.lineWidth = 2 * window.devicePixelRatio;
    ctx.beginPath();
    const [first, last] = [days[0], days[days.length - 1]];
    for (let k = 0; k <= STEPS_OF_FIT; k++) {
      const day = first + ((last - first) * k) / STEPS_OF_FIT;
      ctx.lineTo(chart.valToPos(secondsOf(day), "x", true),
        chart.valToPos(line.fit(day), "y", true));
    }
    ctx.stroke();
  }
  ctx.restore();
}

/**
 * @param {HTMLElement} box @param {import("./described.js").Counts} found
 * @param {[number, number]} limits @param {string} label
 */
export function drawHistogram(box, { counts, every }, limits, label) {
  const wide = (limits[1] - limits[0]) / BINS;
  const middles = counts.map((_, k) => limits[0] + (k + 0.5) * wide);
  drawChart(box, {
    scales: { x: { time: false, range: () => limits }, y: { range: (_, __, high) => [0, high * 1.05 || 1] } },
    axes: [axis(label), upright(every > 1 ? text("pointsOfMany", { every }) : text("points"))],
    series: [{}, {
      paths: uPlot.paths.bars?.({ size: [1, Infinity] }), stroke: "#0072b2", fill: "#8fc1e0", width: 0.5,
      points: { show: false },
    }],
  }, [middles, counts]);
}

/**
 * Images by date and baseline, and the interferograms that join them: a star, or a network.
 * @param {HTMLElement} box @param {number[]} days @param {(number|null)[]} bperp
 * @param {number} reference column of the reference image @param {[number, number][]} pairs
 */
export function drawBaselines(box, days, bperp, reference, pairs) {
  const only = bperp.map((v, k) => (k === reference ? v : null));
  const known = bperp.map((v) => v ?? NaN);
  const margin = (days[days.length - 1] - days[0]) * 0.03 || 1;
  const xs = [secondsOf(days[0] - margin), secondsOf(days[days.length - 1] + margin)];
  drawChart(box, {
    scales: {
      x: { time: true, range: () => [xs[0], xs[1]] },
      y: { range: () => spanOf(known) },
    },
    axes: [axis(), upright(text("baselineAxis"))],
    series: [{}, dots("#0072b2"), dots("#d55e00", 11)],
    hooks: { draw: [(chart) => drawPairs(chart, days, known, pairs)] },
  }, [days.map(secondsOf), bperp, only]);
}

/** @param {uPlot} chart @param {number[]} days @param {number[]} bperp
 * @param {[number, number][]} pairs */
function drawPairs(chart, days, bperp, pairs) {
  const { ctx } = chart;
  ctx.save();
  ctx.strokeStyle = "rgba(0, 114, 178, 0.35)";
  ctx.lineWidth = window.devicePixelRatio;
  ctx.beginPath();
  const at = (/** @type {number} */ image) => /** @type {[number, number]} */ ([
    chart.valToPos(secondsOf(days[image]), "x", true), chart.valToPos(bperp[image], "y", true),
  ]);
  for (const [first, second] of pairs) {
    if (!Number.isFinite(bperp[first] + bperp[second])) continue;
    ctx.moveTo(...at(first));
    ctx.lineTo(...at(second));
  }
  ctx.stroke();
  ctx.restore();
}

/**
 * @param {HTMLElement} box @param {{distance: number, value: number}[]} profile @param {string} label
 */
export function drawProfile(box, profile, label) {
  const sorted = profile.filter((p) => Number.isFinite(p.value)).sort((a, b) => a.distance - b.distance);
  const [xs, ys] = [sorted.map((p) => p.distance), sorted.map((p) => p.value)];
  drawChart(box, {
    scales: { x: { time: false, range: () => spanOf(xs) }, y: { range: () => spanOf(ys) } },
    axes: [axis(text("distance")), upright(label)],
    series: [{}, dots("#0072b2", 4)],
  }, [xs, ys]);
}

/** @param {HTMLElement} box @param {string} words */
export function sayInstead(box, words) {
  eraseChart(box);
  const line = document.createElement("p");
  line.className = "empty";
  line.textContent = words;
  box.replaceChildren(line);
}

