// A mask painted over a picture: brush, eraser, or a press on an object that somebody else finds; with mouse, pen,
// finger or keyboard. The mask is shown as a hatched tint and handed out as a PNG, white where it is painted.
//
// `maskCanvas` needs a page and nothing else, so that any page can use it; the export at the end lets a Jupyter widget
// do so (anywidget).

const TINT = [213, 94, 0]; // vermilion, hatched: so it shows on pictures of its own color
const STRONG = 170, WEAK = 110; // opacity of its stripes, out of 255
const STRIPE = 6; // pixels
const STEPS_BACK = 20;
const TOOLS = {
  brush: ["Brush", "Drag to paint."],
  eraser: ["Eraser", "Drag to take away."],
  object: ["Find an object", "Press on an object: it is found by its colors and edges."],
  away: ["Not this", "Press on what was found by mistake."],
};
const KEYS = "Keys on the picture: arrows move, Space paints (hold it to draw), + and - change the size, Z undoes.";
const STYLE = `
.nst-mask { display: flex; flex-direction: column; gap: 6px; max-width: 100%; }
.nst-mask[hidden] { display: none; }
.nst-mask-bar { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; }
.nst-mask-bar fieldset { display: flex; flex-wrap: wrap; gap: 4px; border: 0; margin: 0; padding: 0; }
.nst-mask label { display: inline-flex; align-items: center; gap: 4px; min-height: 32px; margin: 0; }
.nst-mask button { min-height: 32px; padding: 0 10px; cursor: pointer; }
.nst-mask canvas { display: block; max-width: 100%; touch-action: none; cursor: crosshair; }
.nst-mask canvas:focus-visible { outline: 3px solid #56b4e9; outline-offset: 1px; }
.nst-mask-hint { opacity: 0.85; }
`;

let groups = 0; // radio buttons of one painter have a name of their own

/**
 * Put a mask painter into an element.
 *
 * painted(bytes): called after each change with the PNG of the mask, empty where nothing is painted
 * asked({points, away}): called after a press on an object, with all presses since the last stroke, in pixels
 *
 * Returns functions to set what is shown: picture(bytes), mask(bytes), note(text), and one to end it: remove().
 */
export function maskCanvas(host, { label = "mask", painted = () => {}, asked = () => {} } = {}) {
  const ariaLabel = `${label}: a picture to paint a mask on. ${KEYS}`;
  const view = element("canvas", { tabIndex: 0, width: 1, height: 1, role: "application", ariaLabel });
  const mask = surface(), tint = surface();
  const group = `nst-mask-${++groups}`;
  const radios = Object.entries(TOOLS).map(([value, [text]]) => {
    const radio = element("input", { type: "radio", name: group, value, checked: value === "brush" });
    return element("label", {}, radio, text);
  });
  const tools = element("fieldset", { ariaLabel: "tool" }, ...radios);
  const size = element("input", { type: "range", min: 1, max: 50, value: 8 });
  const soft = element("input", { type: "checkbox" });
  const button = (text, title) => element("button", { type: "button", title }, text);
  const undo = button("Undo", "take the last change back");
  const invert = button("Invert", "what is painted becomes free, and the rest painted");
  const clear = button("Clear", "begin anew");
  const hint = element("div", {});
  const said = element("div", { role: "status" });
  const bar = element("div", { className: "nst-mask-bar" }, tools, element("label", {}, "Brush size", size),
    element("label", {}, soft, "Soft edge"), undo, invert, clear);
  const root = element("div", { className: "nst-mask" }, element("style", {}, STYLE), bar, view, said,
    element("div", { className: "nst-mask-hint" }, hint, element("div", {}, KEYS)));
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own keys stay quiet in here
  host.append(root);

  let shown = null; // the picture
  let cursor = null; // where the brush is, in pixels of the picture
  let last = null; // the end of the stroke under way
  let held = false; // whether the key that paints is down
  let presses = { points: [], away: [] };
  let before = []; // masks to go back to
  let frame = 0;
  let sending = Promise.resolve(); // what leaves, one after the other

  const tool = () => root.querySelector(`input[name="${group}"]:checked`).value;
  const picks = () => tool() === "object" || tool() === "away";
  const radius = () => Math.max(0.75, (Number(size.value) / 200) * Math.max(view.width, view.height));

  function draw() {
    frame = 0;
    if (!shown) return;
    const ink = view.getContext("2d");
    ink.drawImage(shown, 0, 0, view.width, view.height);
    ink.drawImage(tint.canvas, 0, 0);
    for (const [name, color] of [["points", "#009e73"], ["away", "#000000"]]) {
      for (const [x, y] of presses[name]) ring(ink, x, y, 4, color);
    }
    if (cursor) ring(ink, cursor[0], cursor[1], picks() ? 4 : radius(), "#000000");
  }

  function redraw() {
    frame ||= requestAnimationFrame(draw);
  }

  /** The tint of a part of the mask. */
  function retint(xs = [0, view.width], ys = [0, view.height], more = 0) {
    const [left, top] = [xs, ys].map((ends) => Math.max(0, Math.floor(Math.min(...ends) - more)));
    const width = Math.min(view.width, Math.ceil(Math.max(...xs) + more)) - left;
    const height = Math.min(view.height, Math.ceil(Math.max(...ys) + more)) - top;
    if (width < 1 || height < 1) return;
    const part = mask.getImageData(left, top, width, height), pixels = part.data;
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 4) {
        const striped = (left + x + top + y) % (2 * STRIPE) < STRIPE;
        const here = pixels[at];
        [pixels[at], pixels[at + 1], pixels[at + 2]] = TINT;
        pixels[at + 3] = (here * (striped ? STRONG : WEAK)) / 255;
      }
    }
    tint.putImageData(part, left, top);
    redraw();
  }

  // What changes the mask

  function remember() {
    before.push(mask.getImageData(0, 0, view.width, view.height));
    before = before.slice(-STEPS_BACK);
    undo.disabled = false;
  }

  /** A round touch of the brush: the lighter of what is there and of the brush, so that it never adds up. */
  function dab(x, y) {
    const r = radius(), erases = tool() === "eraser";
    const [inner, outer] = erases ? ["#000", "#fff"] : ["#fff", "#000"];
    const fade = mask.createRadialGradient(x, y, 0, x, y, r);
    fade.addColorStop(soft.checked ? 0 : Math.max(0, 1 - 1.5 / r), inner);
    fade.addColorStop(1, outer);
    mask.globalCompositeOperation = erases ? "darken" : "lighten";
    mask.fillStyle = fade;
    mask.fillRect(x - r - 1, y - r - 1, 2 * r + 2, 2 * r + 2);
    mask.globalCompositeOperation = "source-over";
  }

  function strokeTo(x, y) {
    const [fromX, fromY] = last ?? [x, y], r = radius();
    const touches = Math.ceil(Math.hypot(x - fromX, y - fromY) / Math.max(1, r / 5)) || 1;
    for (let k = 1; k <= touches; k++) dab(fromX + ((x - fromX) * k) / touches, fromY + ((y - fromY) * k) / touches);
    last = [x, y];
    retint([fromX, x], [fromY, y], r + 1);
  }

  function press(x, y) {
    presses[tool() === "away" ? "away" : "points"].push([Math.floor(x), Math.floor(y)]);
    const all = structuredClone(presses);
    redraw();
    leave(() => asked(all));
  }

  function begin(x, y) {
    if (picks()) return press(x, y);
    presses = { points: [], away: [] };
    remember();
    last = null;
    strokeTo(x, y);
  }

  function end() {
    last = null;
    send();
  }

  /** Change the whole mask. */
  function change(how) {
    presses = { points: [], away: [] };
    how();
    retint();
    send();
  }

  function goBack() {
    if (!before.length) return;
    change(() => mask.putImageData(before.pop(), 0, 0));
    undo.disabled = !before.length;
  }

  function leave(work) {
    sending = sending.then(work).catch(console.warn);
  }

  function send() {
    const sum = tell();
    leave(async () => painted(sum ? await pngOf(mask.canvas) : new Uint8Array(0)));
  }

  function tell() {
    const pixels = mask.getImageData(0, 0, view.width, view.height).data;
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4) sum += pixels[at];
    const share = (400 * sum) / 255 / pixels.length;
    const percent = share < 1 ? "Less than 1" : Math.round(share);
    said.textContent = sum ? `${percent} % of the picture is painted.` : "Nothing is painted.";
    return sum;
  }

  // Mouse, pen and finger

  function place(event) {
    const { left, top, width, height } = view.getBoundingClientRect();
    return [((event.clientX - left) * view.width) / width, ((event.clientY - top) * view.height) / height];
  }

  const on = (name, listener) => view.addEventListener(name, (event) => (listener(event), redraw()));

  on("pointerdown", (event) => {
    if (!shown || !event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    view.focus({ preventScroll: true });
    view.setPointerCapture(event.pointerId);
    cursor = place(event);
    begin(...cursor);
  });
  on("pointermove", (event) => {
    if (!event.isPrimary) return;
    cursor = place(event);
    if (last && view.hasPointerCapture(event.pointerId)) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length ? between : [event]) strokeTo(...place(one));
    }
  });
  for (const name of ["pointerup", "pointercancel"]) on(name, () => last && !held && end());
  on("pointerleave", () => (cursor = last && cursor));

  // Keys

  const SIZES = { "+": 1, "-": -1 };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  const toMiddle = () => (cursor ??= [view.width / 2, view.height / 2]);

  function letGo() {
    if (!held) return;
    held = false;
    end();
  }

  /** Whether a key has a meaning here. */
  function pressed({ key, repeat, shiftKey, ctrlKey, metaKey }) {
    if (key === "z") return goBack(), true;
    if (ctrlKey || metaKey) return false; // the browser's own
    if (key in SIZES) {
      size.value = Number(size.value) + SIZES[key];
    } else if (key === " " || key === "Enter") {
      if (repeat) return true;
      held = !picks();
      begin(...cursor);
    } else if (key in ARROWS) {
      const step = Math.max(1, shiftKey ? radius() : radius() / 4);
      const limits = [view.width - 1, view.height - 1];
      cursor = cursor.map((at, k) => Math.min(limits[k], Math.max(0, at + step * ARROWS[key][k])));
      if (held) strokeTo(...cursor);
    } else {
      return false;
    }
    return true;
  }

  on("keydown", (event) => {
    if (!shown) return;
    toMiddle();
    if (pressed(event)) event.preventDefault();
    event.stopPropagation();
  });
  on("keyup", ({ key }) => (key === " " || key === "Enter") && letGo());
  on("focus", toMiddle);
  on("blur", () => {
    letGo();
    cursor = null;
  });

  // The bar

  function toolChanged() {
    hint.textContent = TOOLS[tool()][1];
    size.disabled = soft.disabled = picks();
    redraw();
  }
  tools.addEventListener("change", toolChanged);
  undo.addEventListener("click", goBack);
  for (const [one, color, how] of [[invert, "#fff", "difference"], [clear, "#000", "source-over"]]) {
    one.addEventListener("click", () => {
      remember();
      change(() => fill(mask, color, how));
    });
  }
  toolChanged();

  // What is set from outside

  async function setPicture(bytes) {
    shown = await imageOf(bytes);
    root.hidden = !shown;
    if (!shown) return;
    presses = { points: [], away: [] };
    before = [];
    undo.disabled = true;
    const { width, height } = shown;
    if (view.width !== width || view.height !== height) {
      for (const one of [view, mask.canvas, tint.canvas]) Object.assign(one, { width, height });
      fill(mask, "#000");
    }
    view.style.width = `${Math.max(view.width, 384)}px`;
    retint();
  }

  async function setMask(bytes, isNews = true) {
    const opened = await imageOf(bytes);
    if (isNews) remember();
    fill(mask, "#000");
    if (opened) mask.drawImage(opened, 0, 0, view.width, view.height);
    tell();
    retint();
  }

  let setting = Promise.resolve(); // one after the other, as pictures take their time to open
  const inTurn = (set) => (...given) => (setting = setting.then(() => set(...given)).catch(console.warn));
  return {
    picture: inTurn(setPicture),
    mask: inTurn(setMask),
    note: (text) => text && (said.textContent = text),
    remove: () => {
      cancelAnimationFrame(frame);
      root.remove();
    },
  };
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function surface() {
  return element("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
}

function fill(ink, color, how = "source-over") {
  ink.globalCompositeOperation = how;
  ink.fillStyle = color;
  ink.fillRect(0, 0, ink.canvas.width, ink.canvas.height);
  ink.globalCompositeOperation = "source-over";
}

/** A circle that is seen on bright and on dark. */
function ring(ink, x, y, r, color) {
  for (const [width, stroke] of [[3, "#ffffff"], [1, color]]) {
    ink.lineWidth = width;
    ink.strokeStyle = stroke;
    ink.beginPath();
    ink.arc(x, y, r, 0, 2 * Math.PI);
    ink.stroke();
  }
}

/** The image in a file, null in an empty one. */
async function imageOf(bytes) {
  return bytes?.byteLength ? createImageBitmap(new Blob([bytes])) : null;
}

async function pngOf(canvas) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return new Uint8Array(await blob.arrayBuffer());
}

// A Jupyter widget

function render({ model, el }) {
  let ours = null; // the mask that is shown here already
  const painted = (bytes) => {
    ours = new DataView(bytes.buffer);
    model.set("painted", ours);
    model.save_changes();
  };
  const canvas = maskCanvas(el, { label: model.get("tooltip"), painted, asked: (presses) => model.send(presses) });
  const take = (isNews) => {
    ours = model.get("painted");
    canvas.mask(ours, isNews);
  };
  const listeners = {
    picture: () => {
      canvas.picture(model.get("picture"));
      take(false);
    },
    painted: () => model.get("painted") !== ours && take(true),
    note: () => canvas.note(model.get("note")),
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(`change:${name}`, listener);
  listeners.picture();
  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(`change:${name}`, listener);
    canvas.remove();
  };
}

export default { render };
