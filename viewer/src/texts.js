// All words of the page. {name} stands for what the program puts there, as text.

/** @type {Record<string, string>} */
const TEXTS = {
  loading: "Loading {share} %",
  noWebgl: "This page needs WebGL 2, which this browser does not offer ({reason}). Use a recent Firefox, Chrome, Edge or Safari with graphics switched on.",
  broken: "The points cannot be read: {reason}",
  map: "Map. Arrow keys move, + and - zoom, 0 shows all, Enter chooses the point in the middle, [ and ] change the date, Escape ends the selection.",
  colours: "Colours",
  colourBy: "Colour by",
  palette: "Palette",
  redBlue: "red–blue",
  purpleOrange: "purple–orange",
  viridis: "viridis",
  cividis: "cividis",
  grey: "grey",
  reversed: "reversed",
  automatic: "automatic limits",
  from: "from",
  to: "to",
  date: "Date",
  behind: "Behind the points",
  amplitude: "amplitude of the scene",
  hillshade: "relief of the ground",
  tiles: "map of {host} (online)",
  noBackdrop: "nothing",
  bright: "brightness",
  credit: "Map tiles of {host}.",
  creditOfOsm: "Map tiles of {host}, © OpenStreetMap contributors.",
  moreColours: "Palette, limits, size",
  pointSize: "Size of points",
  minCoherence: "Coherence ≥",
  maxStd: "Std of velocity ≤ (mm/yr)",
  shown: "{shown} of {all} points shown",
  tool: "A click",
  pick: "chooses a point",
  polygon: "draws a polygon",
  reference: "sets the reference",
  profile: "draws a profile",
  keep: "keep earlier ones",
  finishPolygon: "Close the polygon",
  clear: "Clear",
  radius: "Radius of the reference (m)",
  width: "Width of the profile (m)",
  referenceIs: "Relative to {area} (as in the file)",
  referenceCircle: "Relative to {count} points within {radius} m of {lon}, {lat}. In a terminal: --reference {lon},{lat},{radius}",
  referenceEmpty: "No reference set: the circle holds no point with a value at every date; take a larger radius",
  resetReference: "Reference of the file",
  goTo: "Lon, lat",
  go: "Go",
  goWrong: "Expected two numbers: longitude, latitude",
  link: "Copy link",
  linkCopied: "Link copied",
  linkShown: "The address of this page is the link",
  csv: "Selection as CSV",
  png: "Map as PNG",
  all: "Whole scene",
  series: "Series",
  seriesEmpty: "Click a point.",
  fit: "Fit",
  fitNone: "none",
  fitLinear: "linear",
  fitSeasonal: "linear + seasonal",
  fitStep: "linear + step",
  fitAll: "linear + seasonal + step",
  stepDate: "Step on",
  errorBars: "error bars",
  differences: "differences to the first",
  noFit: "too few dates for this fit",
  point: "point {id}",
  polygonPoints: "polygon, {count} points",
  difference: "{name} − {first}",
  velocity: "velocity {value} ± {std} mm/yr",
  step: "step {value} ± {std} mm",
  seasonalAmplitude: "seasonal amplitude {value} ± {std} mm",
  rms: "rms {value} mm",
  values: "Values of {name}",
  histogram: "Histogram",
  points: "points",
  pointsOfMany: "points (every {every}th)",
  everyPoint: ", every {every}th point",
  noAnswer: "Not done: {reason}",
  streamed: "{all} points; the map shows as many as it has room for, of each place the most coherent, and all from near.",
  baselines: "Baselines",
  baselineAxis: "perpendicular baseline (m)",
  profileTitle: "Profile",
  profileEmpty: "Choose “draws a profile”, then click its two ends.",
  distance: "distance (m)",
  displacementAxis: "displacement (mm)",
  about: "About",
  value_type: "Value type",
  taken_off: "Taken off",
  reference_area: "Reference area",
  selection: "Selection",
  comment: "Signs",
  first_date: "First date",
  last_date: "Last date",
  thinned: "Shows {shown} of {all} points of the run: {selection}.",
  steps: "Series are rounded to {step} mm. Displacement is positive toward the satellite.",
  errors: "Error bars: noise of the date where it is known, else the rms of the point about its line; of polygons, the spread among the points. Standard deviations of fits are formal (independent errors of the size of the residuals).",
  licences: "Made by pySTAMPS (GPL-3.0-or-later). Charts: uPlot, © Leon Sorokin, MIT licence. Palettes: viridis (CC0), cividis (Nuñez, Anderton, Renslow), RdBu and PuOr of ColorBrewer (© Cynthia Brewer, Mark Harrower, The Pennsylvania State University; Apache-2.0).",
  kilometres: "{n} km",
  metres: "{n} m",
};

/** @param {string} key @param {Record<string, string|number>} [values] */
export function text(key, values = {}) {
  const found = TEXTS[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {string} name of a column @param {string} unit */
export function titleOf(name, unit) {
  return named(name.replaceAll("_", " "), unit);
}

/** @param {string} words @param {string} unit */
function named(words, unit) {
  return unit && unit !== "1" ? `${words} (${unit.replace("mm/year", "mm/yr").replace(/degrees?_/, "degree ")})` : words;
}

/** @param {number} value @param {number} decimals */
export function numberText(value, decimals) {
  return Number.isFinite(value) ? value.toFixed(decimals).replace("-", "−") : "–";
}
