// What lies behind the points: pictures of the scene, or map tiles of a server where one is named.

import { attach, linked, plainTexture, use, useTexture } from "./gl.js";

/** @typedef {import("./gl.js").Camera} Camera */
/** @typedef {[number, number]} Place */
/** @typedef {(camera: Camera) => Picture[]} Source gives what to draw now */
/** @typedef {{vertices: WebGLVertexArrayObject|null, buffers: (WebGLBuffer|null)[], texture: WebGLTexture|null, count: number, isGrey: boolean}} Picture */

const VERTEX = `#version 300 es
in vec2 place; in vec2 corner;
uniform vec2 centre; uniform vec2 scale;
out vec2 at;
void main() { at = corner; gl_Position = vec4((place - centre) * scale, 0.0, 1.0); }`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec2 at; uniform sampler2D image; uniform float bright; uniform float isGrey;
out vec4 colour;
void main() {
  vec4 v = texture(image, at);
  if (isGrey > 0.5) {
    if (v.r == 0.0) discard;
    v = vec4(v.rrr, 1.0);
  }
  colour = vec4(v.rgb * bright, 1.0);
}`;

export class Backdrop {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    this.program = linked(gl, VERTEX, FRAGMENT);
    /** @type {Map<string, Source>} */
    this.sources = new Map();
    this.chosen = "";
  }

  get names() {
    return [...this.sources.keys()];
  }

  /** @param {string} name @param {Source} source */
  add(name, source) {
    this.sources.set(name, source);
    this.chosen ||= name;
  }

  /** @param {Camera} camera @param {number[]} scale @param {number} bright */
  draw(camera, scale, bright) {
    const { gl, program } = this;
    const pictures = this.sources.get(this.chosen)?.(camera) ?? [];
    if (!pictures.length) return;
    use(gl, program, camera, scale);
    gl.uniform1f(gl.getUniformLocation(program, "bright"), bright);
    for (const picture of pictures) {
      gl.uniform1f(gl.getUniformLocation(program, "isGrey"), Number(picture.isGrey));
      useTexture(gl, program, "image", picture.texture);
      gl.bindVertexArray(picture.vertices);
      gl.drawElements(gl.TRIANGLES, picture.count, gl.UNSIGNED_SHORT, 0);
    }
  }

  /**
   * @param {Place[]} mesh places of the nodes, metres, row after row
   * @param {number} rows @param {number} columns
   * @param {(gl: WebGL2RenderingContext) => void} fill writes the picture into the bound texture
   * @param {boolean} isGrey
   * @returns {Picture}
   */
  pictureOf(mesh, rows, columns, fill, isGrey) {
    const { gl, program } = this;
    const corners = mesh.flatMap((_, k) => [
      (k % columns) / (columns - 1), Math.floor(k / columns) / (rows - 1),
    ]);
    const order = [];
    for (let r = 0; r < rows - 1; r++) {
      for (let c = 0; c < columns - 1; c++) {
        const k = r * columns + c;
        order.push(k, k + 1, k + columns, k + 1, k + columns + 1, k + columns);
      }
    }
    const vertices = gl.createVertexArray();
    gl.bindVertexArray(vertices);
    const places = attach(gl, program, "place", new Float32Array(mesh.flat()), 2);
    const at = attach(gl, program, "corner", new Float32Array(corners), 2);
    const indices = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indices);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(order), gl.STATIC_DRAW);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    fill(gl);
    plainTexture(gl, gl.LINEAR);
    return { vertices, buffers: [places, at, indices], texture, count: order.length, isGrey };
  }

  /** @param {Picture} picture */
  forget(picture) {
    picture.buffers.forEach((buffer) => this.gl.deleteBuffer(buffer));
    this.gl.deleteVertexArray(picture.vertices);
    this.gl.deleteTexture(picture.texture);
  }
}

/**
 * Add the pictures that came with the points.
 * @param {Backdrop} backdrop @param {import("./payload.js").PictureHead[]} heads
 * @param {Uint8Array[]} greys @param {(lon: number, lat: number) => Place} local
 */
export function addPictures(backdrop, heads, greys, local) {
  heads.forEach(({ name, width, height, mesh, lonlat }, number) => {
    const [rows, columns] = mesh;
    const nodes = Array.from({ length: rows * columns }, (_, k) => local(lonlat[2 * k], lonlat[2 * k + 1]));
    const picture = backdrop.pictureOf(nodes, rows, columns, (gl) => {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, greys[number]);
    }, true);
    backdrop.add(name, () => [picture]);
  });
}
