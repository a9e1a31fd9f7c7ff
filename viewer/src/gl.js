// Draws the picture of the scene and the points with WebGL 2.

import { textureOf } from "./palettes.js";

/** @typedef {import("./points.js").Points} Points */
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
const PICTURE_VERTEX = `#version 300 es
in vec2 place; in vec2 corner;
uniform vec2 centre; uniform vec2 scale;
out vec2 at;
void main() { at = corner; gl_Position = vec4((place - centre) * scale, 0.0, 1.0); }`;
const PICTURE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at; uniform sampler2D grey; uniform float bright;
out vec4 colour;
void main() {
  float v = texture(grey, at).r;
  if (v == 0.0) discard;
  colour = vec4(vec3(v * bright), 1.0);
}`;

export class Layer {
  /** @param {HTMLCanvasElement} canvas @param {Points} points */
  constructor(canvas, points) {
    const gl = canvas.getContext("webgl2", { antialias: false });
    if (!gl) throw new Error("WebGL 2");
    this.gl = gl;
    this.canvas = canvas;
    this.count = points.size;
    this.program = linked(gl, VERTEX, FRAGMENT);
    const places = new Float32Array(2 * points.size);
    for (let i = 0; i < points.size; i++) places.set([points.x[i], points.y[i]], 2 * i);
    this.vertices = gl.createVertexArray();
    gl.bindVertexArray(this.vertices);
    attach(gl, this.program, "place", places, 2);
    this.valueBuffer = attach(gl, this.program, "value", new Float32Array(points.size), 1);
    this.shownBuffer = attach(gl, this.program, "shown", points.shown, 1);
    this.palette = gl.createTexture();
    this.limits = [0, 1];
    this.picture = pictureOf(gl, points);
  }

  /** @param {Float64Array} values */
  setValues(values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.valueBuffer);
    const single = Float32Array.from(values, (v) => (Number.isNaN(v) ? UNKNOWN : v));
    gl.bufferData(gl.ARRAY_BUFFER, single, gl.DYNAMIC_DRAW);
  }

  /** @param {Uint8Array} shown */
  setShown(shown) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.shownBuffer);
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
    if (this.picture && style.bright > 0) {
      this._use(this.picture.program, camera, scale);
      this._texture(this.picture.program, "grey", this.picture.texture);
      gl.uniform1f(gl.getUniformLocation(this.picture.program, "bright"), style.bright);
      gl.bindVertexArray(this.picture.vertices);
      gl.drawElements(gl.TRIANGLES, this.picture.count, gl.UNSIGNED_SHORT, 0);
    }
    this._use(this.program, camera, scale);
    this._texture(this.program, "palette", this.palette);
    gl.uniform2f(gl.getUniformLocation(this.program, "limits"), this.limits[0], this.limits[1]);
    gl.uniform1f(gl.getUniformLocation(this.program, "size"), style.size * style.ratio);
    gl.bindVertexArray(this.vertices);
    gl.drawArrays(gl.POINTS, 0, this.count);
  }

  /** @param {WebGLProgram} program @param {Camera} camera @param {number[]} scale */
  _use(program, camera, scale) {
    const { gl } = this;
    gl.useProgram(program);
    gl.uniform2f(gl.getUniformLocation(program, "centre"), camera.x, camera.y);
    gl.uniform2f(gl.getUniformLocation(program, "scale"), scale[0], scale[1]);
  }

  /** @param {WebGLProgram} program @param {string} name @param {WebGLTexture|null} texture */
  _texture(program, name, texture) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform1i(gl.getUniformLocation(program, name), 0);
  }
}

/** @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment */
function linked(gl, vertex, fragment) {
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
function attach(gl, program, name, values, size) {
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
function plainTexture(gl, filter) {
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

/** @param {WebGL2RenderingContext} gl @param {Points} points */
function pictureOf(gl, points) {
  const about = points.head.picture;
  if (!about || !points.grey) return null;
  const program = linked(gl, PICTURE_VERTEX, PICTURE_FRAGMENT);
  const [rows, columns] = about.mesh;
  const places = new Float32Array(2 * rows * columns);
  const corners = new Float32Array(2 * rows * columns);
  for (let k = 0; k < rows * columns; k++) {
    places.set(points.local(about.lonlat[2 * k], about.lonlat[2 * k + 1]), 2 * k);
    corners.set([(k % columns) / (columns - 1), Math.floor(k / columns) / (rows - 1)], 2 * k);
  }
  const order = [];
  for (let r = 0; r < rows - 1; r++) {
    for (let c = 0; c < columns - 1; c++) {
      const k = r * columns + c;
      order.push(k, k + 1, k + columns, k + 1, k + columns + 1, k + columns);
    }
  }
  const vertices = gl.createVertexArray();
  gl.bindVertexArray(vertices);
  attach(gl, program, "place", places, 2);
  attach(gl, program, "corner", corners, 2);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(order), gl.STATIC_DRAW);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const { width, height } = about;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, points.grey);
  plainTexture(gl, gl.LINEAR);
  return { program, vertices, texture, count: order.length };
}
