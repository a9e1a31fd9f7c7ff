// What is chosen: points and polygons in the order of the clicks, their series and fits.

import { fitted } from "./fits.js";
import { LINE_COLOURS } from "./palettes.js";
import { numberText, text } from "./texts.js";

/** @typedef {import("./described.js").Described} Described */
/** @typedef {import("./described.js").Item} Item */
/** @typedef {{name: string, colour: string, values: number[], errors: number[], fit: ((day: number) => number)|null, words: string}} ShownLine */

const MOST_ITEMS = 8;
const MM_PER_DEGREE_AND_METRE = (1000 / (4 * Math.PI)) * (Math.PI / 180);

/** Functions of a fit by its name. @type {Record<string, string[]>} */
export const FITS = {
  fitNone: [],
  fitLinear: ["linear"],
  fitSeasonal: ["linear", "seasonal"],
  fitStep: ["linear", "step"],
  fitAll: ["linear", "seasonal", "step"],
};

export class Selection {
  /** @param {Described} points */
  constructor(points) {
    this.points = points;
    /** @type {Item[]} */
    this.items = [];
  }

  /** @param {Item} item @param {boolean} isKeeping earlier ones stay */
  add(item, isKeeping) {
    const earlier = isKeeping ? this.items : [];
    this.items = [...earlier, item].slice(-MOST_ITEMS);
  }

  clear() {
    this.items = [];
  }

  /** @param {Item} item */
  nameOf(item) {
    if (item.corners) return text("polygonPoints", { count: item.count });
    return text("point", { id: item.id ?? 0 });
  }

  /** Error bars of an item, mm. @param {Item} item */
  _errors(item) {
    if (item.corners) return Array.from(item.spread);
    const { head } = this.points;
    const wavelength = Number(head.about.wavelength_m);
    return this.points.days.map((_, date) => {
      const noise = head.noise_deg?.[date] ?? NaN;
      if (date === head.reference_column) return 0;
      if (Number.isFinite(noise) && wavelength > 0) return noise * wavelength * MM_PER_DEGREE_AND_METRE;
      return item.values.rmse;
    });
  }

  /**
   * @param {{fit: string, stepDay: number, hasErrors: boolean, isDifference: boolean}} options
   * @returns {ShownLine[]}
   */
  lines({ fit, stepDay, hasErrors, isDifference }) {
    const plain = this.items.map((item, k) => {
      const colour = LINE_COLOURS[k % LINE_COLOURS.length];
      return { name: this.nameOf(item), colour, values: this.points.seriesOf(item), errors: this._errors(item) };
    });
    const shown = isDifference && plain.length > 1 ? differences(plain) : plain;
    const { days, weights, day0 } = this.points;
    return shown.map((line) => {
      const parts = FITS[fit];
      const found = parts.length ? fitted(parts, days, line.values, weights, day0, stepDay) : null;
      const words = !parts.length ? "" : found ? wordsOf(found) : text("noFit");
      const errors = hasErrors ? line.errors : line.errors.map(() => 0);
      return { ...line, errors, fit: found?.value ?? null, words };
    });
  }
}

/** @param {{name: string, colour: string, values: number[], errors: number[]}[]} lines */
function differences(lines) {
  const [first, ...others] = lines;
  return others.map((line) => ({
    ...line,
    name: text("difference", { name: line.name, first: first.name }),
    values: line.values.map((v, k) => v - first.values[k]),
    errors: line.errors.map((e, k) => Math.hypot(e, first.errors[k])),
  }));
}

/** @param {import("./fits.js").Fit} fit */
function wordsOf(fit) {
  const terms = fit.terms.map(({ name, value, std }) =>
    text(name, { value: numberText(value, 2), std: numberText(std, 2) }),
  );
  return [...terms, text("rms", { value: numberText(fit.rms, 2) })].join("; ");
}
