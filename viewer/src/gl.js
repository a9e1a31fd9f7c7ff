// Draws the points with WebGL 2, in sheets that come and go, over what lies behind them.

import { textureOf } from "./palettes.js";

/** @typedef {{x: number, y: number, metresPerPixel: number}} Camera */

const UNKNOWN = 3e38; // NaN in shaders is not kept by every driver

const VERTEX = `#version 300 es
in vec2 place; in float value; in float shown;
uniform vec2 centre; uniform vec2 scale; uniform float size; uniform vec2 limits;
out float share; flat out float known;
void main() {
  known = value < 1e38 ? 1.0 : 0.0;
  share = clamp((value - limits.x) / (limits.y - limits.x), 0.0, 1.0);
  gl_Position = shown > 0.0 ? vec4((place - centre) * scale, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in float share; flat in float known;
uniform sampler2D palette;
out vec4 colour;
void main() {
  if (length(gl_PointCoord - 0.5) > 0.5) discard;
  colour = known > 0.5 ? texture(palette, vec2((share * 255.0 + 0.5) / 256.0, 0.5))
                       : vec4(0.5, 0.5, 0.5, 1.0);
}`;
/**
 * Points that are sent to the graphics together.
 * @typedef {{vertices: WebGLVertexArrayObject|null, buffers: (WebGLBuffer|null)[],
 *   values: WebGLBuffer|null, shown: WebGLBuffer|null, count: number}} Sheet
 */

export class Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false });
    if (!gl) throw new Error("WebGL 2");
    this.gl = gl;
    this.canvas = canvas;
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.palette = gl.createTexture();
    this.limits = [0, 1];
    /** Drawn one after the other. @type {Sheet[]} */
    this.sheets = [];
    /** @type {import("./backdrop.js").Backdrop|null} */
    this.backdrop = null;
  }

  /** @param {Float32Array} places x and y in turn, metres @returns {Sheet} */
  sheetOf(places) {
    const { gl } = this;
    const count = places.length / 2;
    const vertices = gl.createVertexArray();
    gl.bindVertexArray(vertices);
    const place = attach(gl, this.program, "place", places, 2);
    const values = attach(gl, this.program, "value", new Float32Array(count), 1);
    const shown = attach(gl, this.program, "shown", new Uint8Array(count).fill(1), 1);
    return { vertices, buffers: [place, values, shown], values, shown, count };
  }

  /** @param {Sheet} sheet */
  forget(sheet) {
    sheet.buffers.forEach((buffer) => this.gl.deleteBuffer(buffer));
    this.gl.deleteVertexArray(sheet.vertices);
  }

  /** @param {Sheet} sheet @param {ArrayLike<number>} values NaN where not known */
  setValues(sheet, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, sheet.values);
    const single = Float32Array.from(values, (v) => (Number.isNaN(v) ? UNKNOWN : v));
    gl.bufferData(gl.ARRAY_BUFFER, single, gl.DYNAMIC_DRAW);
  }

  /** @param {Sheet} sheet @param {Uint8Array} shown */
  setShown(sheet, shown) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, sheet.shown);
    gl.bufferData(gl.ARRAY_BUFFER, shown, gl.DYNAMIC_DRAW);
  }

  /** @param {string} palette @param {boolean} isReversed */
  setPalette(palette, isReversed) {
    const { gl } = this;
    const row = textureOf(palette);
    const colours = new Uint8Array(row.length);
    for (let k = 0; k < 256; k++) {
      const from = isReversed ? 255 - k : k;
      colours.set(row.subarray(4 * from, 4 * from + 4), 4 * k);
    }
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
    plainTexture(gl, gl.NEAREST);
  }

  /** @param {Camera} camera @param {{size: number, ratio: number, bright: number}} style */
  draw(camera, style) {
    const { gl, canvas } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0.85, 0.865, 0.875, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const metres = camera.metresPerPixel / style.ratio;
    const scale = [2 / (canvas.width * metres), 2 / (canvas.height * metres)];
    if (style.bright > 0) this.backdrop?.draw(camera, scale, style.bright);
    use(gl, this.program, camera, scale);
    useTexture(gl, this.program, "palette", this.palette);
    gl.uniform2f(gl.getUniformLocation(this.program, "limits"), this.limits[0], this.limits[1]);
    gl.uniform1f(gl.getUniformLocation(this.program, "size"), style.size * style.ratio);
    for (const sheet of this.sheets) {
      gl.bindVertexArray(sheet.vertices);
      gl.drawArrays(gl.POINTS, 0, sheet.count);
    }
  }
}

/** @param {WebGL2RenderingContext} gl @param {WebGLProgram} program @param {Camera} camera
 * @param {number[]} scale */
export function use(gl, program, camera, scale) {
  gl.useProgram(program);
  gl.uniform2f(gl.getUniformLocation(program, "centre"), camera.x, camera.y);
  gl.uniform2f(gl.getUniformLocation(program, "scale"), scale[0], scale[1]);
}

/** @param {WebGL2RenderingContext} gl @param {WebGLProgram} program @param {string} name
 * @param {WebGLTexture|null} texture */
export function useTexture(gl, program, name, texture) {
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.uniform1i(gl.getUniformLocation(program, name), 0);
}

/** @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment */
export function linked(gl, vertex, fragment) {
  const program = gl.createProgram();
  /** @type {[number, string][]} */
  const sources = [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]];
  for (const [kind, source] of sources) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("WebGL 2: no shader");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`WebGL 2: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/**
 * @param {WebGL2RenderingContext} gl @param {WebGLProgram} program @param {string} name
 * @param {Float32Array|Uint8Array} values @param {number} size numbers of a vertex
 */
export function attach(gl, program, name, values, size) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  const place = gl.getAttribLocation(program, name);
  gl.enableVertexAttribArray(place);
  const kind = values instanceof Uint8Array ? gl.UNSIGNED_BYTE : gl.FLOAT;
  gl.vertexAttribPointer(place, size, kind, false, 0, 0);
  return buffer;
}

/** @param {WebGL2RenderingContext} gl @param {number} filter */
export function plainTexture(gl, filter) {
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}
