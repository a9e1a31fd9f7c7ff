// Functions of time fitted to a series by weighted least squares, with formal standard deviations.

const DAYS_PER_YEAR = 365.25;
const SMALLEST_PIVOT = 1e-9;

/**
 * @typedef {{coefficients: number[], std: number[], rms: number}} Solution
 * @typedef {{value: (day: number) => number, terms: {name: string, value: number, std: number}[],
 *   rms: number}} Fit
 */

/** @param {number[][]} matrix symmetric, positive @returns {number[][]|null} its inverse */
function inverse(matrix) {
  const n = matrix.length;
  const scale = matrix.map((row, i) => 1 / Math.sqrt(row[i]));
  if (!scale.every(Number.isFinite)) return null;
  const work = matrix.map((row, i) => [
    ...row.map((v, j) => v * scale[i] * scale[j]),
    ...row.map((_, j) => (i === j ? 1 : 0)),
  ]);
  for (let k = 0; k < n; k++) {
    if (Math.abs(work[k][k]) < SMALLEST_PIVOT) return null;
    const pivot = work[k][k];
    work[k] = work[k].map((v) => v / pivot);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = work[i][k];
      work[i] = work[i].map((v, j) => v - factor * work[k][j]);
    }
  }
  return work.map((row, i) => row.slice(n).map((v, j) => v * scale[i] * scale[j]));
}

/**
 * Rows that turn observations into coefficients, and the cofactors of the coefficients.
 * @param {number[][]} design a row per observation
 * @param {number[]} weights
 */
export function solver(design, weights) {
  const n = design[0].length;
  const normal = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) =>
      design.reduce((sum, row, k) => sum + weights[k] * row[i] * row[j], 0),
    ),
  );
  const cofactors = inverse(normal);
  if (!cofactors) return null;
  const rows = cofactors.map((line) =>
    design.map((row, k) => weights[k] * row.reduce((sum, v, j) => sum + v * line[j], 0)),
  );
  return { rows, cofactors };
}

/**
 * @param {number[][]} design @param {number[]} weights @param {number[]} data
 * @returns {Solution|null} null where dates do not determine the functions
 */
function solutionOf(design, weights, data) {
  if (!design.length || data.length < design[0].length) return null;
  const found = solver(design, weights);
  if (!found) return null;
  const coefficients = found.rows.map((row) => row.reduce((sum, v, k) => sum + v * data[k], 0));
  const residual = data.map(
    (v, k) => v - design[k].reduce((sum, d, j) => sum + d * coefficients[j], 0),
  );
  const freedom = data.length - design[0].length;
  const spread = freedom
    ? residual.reduce((sum, r, k) => sum + weights[k] * r * r, 0) / freedom
    : NaN;
  const std = found.cofactors.map((row, i) => Math.sqrt(row[i] * spread));
  const rms = Math.sqrt(residual.reduce((sum, r) => sum + r * r, 0) / data.length);
  return { coefficients, std, rms };
}

/** @param {string[]} parts @param {number} day0 @param {number} stepDay */
function functionsOf(parts, day0, stepDay) {
  /** @type {[string, (day: number) => number][]} */
  const found = [["constant", () => 1]];
  if (parts.includes("linear")) found.push(["velocity", (d) => (d - day0) / DAYS_PER_YEAR]);
  if (parts.includes("seasonal")) {
    const angle = (/** @type {number} */ d) => (2 * Math.PI * d) / DAYS_PER_YEAR;
    found.push(["sine", (d) => Math.sin(angle(d))], ["cosine", (d) => Math.cos(angle(d))]);
  }
  if (parts.includes("step")) found.push(["step", (d) => (d >= stepDay ? 1 : 0)]);
  return found;
}

/**
 * @param {string[]} parts of "linear", "seasonal", "step"
 * @param {number[]} days @param {number[]} values NaN where not known @param {number[]} weights
 * 0: the reference image, which does not take part
 * @param {number} day0 of the reference image @param {number} stepDay first day after the step
 * @returns {Fit|null}
 */
export function fitted(parts, days, values, weights, day0, stepDay) {
  const used = days.map((_, k) => k).filter((k) => weights[k] > 0 && Number.isFinite(values[k]));
  const functions = functionsOf(parts, day0, stepDay);
  const design = used.map((k) => functions.map(([, f]) => f(days[k])));
  const weight = used.map((k) => weights[k]);
  const solution = solutionOf(design, weight, used.map((k) => values[k]));
  if (!solution) return null;
  const { coefficients, std, rms } = solution;
  return {
    value: (day) => functions.reduce((sum, [, f], i) => sum + coefficients[i] * f(day), 0),
    terms: termsOf(functions.map(([name]) => name), coefficients, std),
    rms,
  };
}

/** @param {string[]} names @param {number[]} values @param {number[]} std */
function termsOf(names, values, std) {
  const terms = [];
  for (const name of ["velocity", "step"]) {
    const i = names.indexOf(name);
    if (i >= 0) terms.push({ name, value: values[i], std: std[i] });
  }
  const [s, c] = [names.indexOf("sine"), names.indexOf("cosine")];
  if (s >= 0) {
    const amplitude = Math.hypot(values[s], values[c]);
    const error = Math.hypot(values[s] * std[s], values[c] * std[c]) / (amplitude || 1);
    terms.push({ name: "seasonalAmplitude", value: amplitude, std: error });
  }
  return terms;
}

/**
 * Velocity, its standard deviation and rms of many series, as pystamps/products/line_fit.py.
 * @param {number[]} days @param {number[]} weights @param {number} day0
 */
export function lineFitter(days, weights, day0) {
  const used = days.map((_, k) => k).filter((k) => weights[k] > 0);
  const years = used.map((k) => (days[k] - day0) / DAYS_PER_YEAR);
  const solved = solver(years.map((t) => [1, t]), used.map((k) => weights[k]));
  if (!solved) return null;
  const [constant, slope] = solved.rows;
  const variance = solved.cofactors[1][1];
  const freedom = used.length - 2;
  const found = { velocity: NaN, std: NaN, rms: NaN };
  /** The same object every time: no garbage for a million series. @param {Float64Array} series */
  return (series) => {
    let c = 0;
    let v = 0;
    for (let k = 0; k < used.length; k++) {
      c += constant[k] * series[used[k]];
      v += slope[k] * series[used[k]];
    }
    let weighted = 0;
    let square = 0;
    for (let k = 0; k < used.length; k++) {
      const r = series[used[k]] - c - v * years[k];
      weighted += weights[used[k]] * r * r;
      square += r * r;
    }
    found.velocity = v;
    found.std = Math.sqrt((variance * weighted) / (freedom || NaN));
    found.rms = Math.sqrt(square / used.length);
    return found;
  };
}
