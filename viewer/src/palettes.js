// Colours that people with the common kinds of colour blindness can tell apart.

/** @typedef {[number, number, number]} Colour */

/** Anchors, evenly spaced, mixed between. @type {Record<string, string[]>} */
const ANCHORS = {
  redBlue: ["67001f", "b2182b", "d6604d", "f4a582", "fddbc7", "f7f7f7", "d1e5f0", "92c5de",
    "4393c3", "2166ac", "053061"],
  purpleOrange: ["2d004b", "542788", "8073ac", "b2abd2", "d8daeb", "f7f7f7", "fee0b6", "fdb863",
    "e08214", "b35806", "7f3b08"],
  viridis: ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58",
    "b5de2b", "fde725"],
  cividis: ["00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369",
    "e1cc55", "fee838"],
  grey: ["1a1a1a", "f2f2f2"],
};

export const PALETTES = Object.keys(ANCHORS);
export const DIVERGING = "redBlue";
export const SEQUENTIAL = "viridis";
/** Lines of several points (Okabe and Ito). */
export const LINE_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d00",
  "#444444", "#a52a2a"];
const DIVERGING_COLUMNS = ["velocity", "displacement", "dem_error", "accurate_velocity",
  "accurate_velocity_unshrunk"];

/** @param {string} name of a column: its values are shown about zero */
export function isDiverging(name) {
  return DIVERGING_COLUMNS.includes(name);
}

/** @param {string} text @returns {Colour} */
function parsed(text) {
  const part = (/** @type {number} */ k) => parseInt(text.slice(k, k + 2), 16);
  return [part(0), part(2), part(4)];
}

/** @param {string} name @param {number} share 0 to 1 @returns {Colour} */
export function colourOf(name, share) {
  const anchors = ANCHORS[name];
  const place = Math.max(0, Math.min(1, share)) * (anchors.length - 1);
  const low = Math.min(Math.floor(place), anchors.length - 2);
  const [a, b] = [parsed(anchors[low]), parsed(anchors[low + 1])];
  const mixed = a.map((v, k) => Math.round(v + (place - low) * (b[k] - v)));
  return [mixed[0], mixed[1], mixed[2]];
}

/** 256 colours as a row of a picture. @param {string} name */
export function textureOf(name) {
  const found = new Uint8Array(256 * 4);
  for (let k = 0; k < 256; k++) found.set([...colourOf(name, k / 255), 255], 4 * k);
  return found;
}
