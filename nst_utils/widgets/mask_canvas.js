// A mask painted over a picture: brush, eraser, or a press on an object that somebody else finds; with mouse, pen,
// finger or keyboard. The mask is shown as a hatched tint and handed out as a PNG, white where it is painted.
//
// `maskCanvas` needs a page and nothing else, so that any page can use it; the export at the end lets a Jupyter widget
// do so (anywidget).

const TINT = [213, 94, 0]; // vermilion, which everybody can tell from what is around it
const STRONG = 170, WEAK = 110; // opacity of the two stripes of the hatching, out of 255
const STRIPE = 6; // pixels
const STEPS_BACK = 20;
const TOOLS = { brush: "Brush", eraser: "Eraser", object: "Find an object", away: "Not this" };
const HINTS = {
  brush: "Drag to paint.",
  eraser: "Drag to take away.",
  object: "Press on an object: it is found by its colors and edges.",
  away: "Press on what was found by mistake.",
};
const KEYS = "Keys on the picture: arrows move, Space paints (hold it and move to draw), + and - change the size, Z undoes.";
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
  const view = element("canvas", { tabIndex: 0, width: 1, height: 1 });
  view.setAttribute("role", "application");
  view.setAttribute("aria-label", `${label}: a picture to paint a mask on. ${KEYS}`);
  const mask = surface(), tint = surface();
  const group = `nst-mask-${++groups}`;
  const radios = Object.entries(TOOLS).map(([value, text]) => {
    const radio = element("input", { type: "radio", name: group, value, checked: value === "brush" });
    return element("label", {}, radio, text);
  });
  const tools = element("fieldset", {}, ...radios);
  tools.setAttribute("aria-label", "tool");
  const size = element("input", { type: "range", min: 1, max: 50, value: 8 });
  const soft = element("input", { type: "checkbox" });
  const undo = element("button", { type: "button", disabled: true, title: "take the last change back" }, "Undo");
  const invert = element("button", { type: "button", title: "what is painted becomes free, and the rest painted" }, "Invert");
  const clear = element("button", { type: "button", title: "begin anew" }, "Clear");
  const hint = element("div", {});
  const said = element("span", {});
  said.setAttribute("role", "status");
  const bar = element("div", { className: "nst-mask-bar" }, tools, element("label", {}, "Brush size", size),
    element("label", {}, soft, "Soft edge"), undo, invert, clear);
  const root = element("div", { className: "nst-mask" }, element("style", {}, STYLE), bar, view,
    element("div", {}, said), element("div", { className: "nst-mask-hint" }, hint, element("div", {}, KEYS)));
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
  function retint(left = 0, top = 0, right = view.width, bottom = view.height) {
    left = Math.max(0, Math.floor(left));
    top = Math.max(0, Math.floor(top));
    const width = Math.min(view.width, Math.ceil(right)) - left, height = Math.min(view.height, Math.ceil(bottom)) - top;
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
    retint(Math.min(x, fromX) - r - 1, Math.min(y, fromY) - r - 1, Math.max(x, fromX) + r + 1, Math.max(y, fromY) + r + 1);
  }

  function press(x, y) {
    presses[tool() === "away" ? "away" : "points"].push([Math.floor(x), Math.floor(y)]);
    const all = structuredClone(presses);
    redraw();
    sending = sending.then(() => asked(all));
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

  function change(how) {
    presses = { points: [], away: [] };
    remember();
    how();
    retint();
    send();
  }

  function goBack() {
    if (!before.length) return;
    presses = { points: [], away: [] };
    mask.putImageData(before.pop(), 0, 0);
    undo.disabled = !before.length;
    retint();
    send();
  }

  /** Hand the mask out, after what was handed out before. */
  function send() {
    const share = tell();
    sending = sending.then(async () => painted(share ? await pngOf(mask.canvas) : new Uint8Array(0)));
  }

  function tell() {
    const pixels = mask.getImageData(0, 0, view.width, view.height).data;
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4) sum += pixels[at];
    const share = (400 * sum) / 255 / pixels.length;
    said.textContent = sum ? `${share < 1 ? "Less than 1" : Math.round(share)} % of the picture is painted.` : "Nothing is painted.";
    return sum;
  }

  // Mouse, pen and finger

  function place(event) {
    const box = view.getBoundingClientRect();
    return [((event.clientX - box.left) * view.width) / box.width, ((event.clientY - box.top) * view.height) / box.height];
  }

  view.addEventListener("pointerdown", (event) => {
    if (!shown || !event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    view.focus({ preventScroll: true });
    view.setPointerCapture(event.pointerId);
    cursor = place(event);
    begin(...cursor);
  });
  view.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    cursor = place(event);
    if (last && view.hasPointerCapture(event.pointerId)) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length ? between : [event]) strokeTo(...place(one));
    }
    redraw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    view.addEventListener(name, () => last && !held && end());
  }
  view.addEventListener("pointerleave", () => {
    if (!last) cursor = null;
    redraw();
  });

  // Keys

  const SIZES = { "+": 1, "-": -1 };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

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

  view.addEventListener("keydown", (event) => {
    if (!shown) return;
    cursor ??= [view.width / 2, view.height / 2];
    if (pressed(event)) event.preventDefault();
    event.stopPropagation();
    redraw();
  });
  view.addEventListener("keyup", ({ key }) => (key === " " || key === "Enter") && letGo());
  view.addEventListener("focus", () => {
    cursor ??= [view.width / 2, view.height / 2];
    redraw();
  });
  view.addEventListener("blur", () => {
    letGo();
    cursor = null;
    redraw();
  });

  // The bar

  const nextHint = () => {
    hint.textContent = HINTS[tool()];
    size.disabled = soft.disabled = picks();
    redraw();
  };
  tools.addEventListener("change", nextHint);
  undo.addEventListener("click", goBack);
  invert.addEventListener("click", () => change(() => {
    mask.globalCompositeOperation = "difference";
    fill(mask, "#fff");
    mask.globalCompositeOperation = "source-over";
  }));
  clear.addEventListener("click", () => change(() => fill(mask, "#000")));
  nextHint();

  // What is set from outside

  async function setPicture(bytes) {
    const opened = bytes?.byteLength ? await imageOf(bytes, "image/jpeg") : null;
    shown = opened;
    root.hidden = !opened;
    if (!opened) return;
    presses = { points: [], away: [] };
    before = [];
    undo.disabled = true;
    if (view.width !== opened.naturalWidth || view.height !== opened.naturalHeight) {
      for (const one of [view, mask.canvas, tint.canvas]) {
        one.width = opened.naturalWidth;
        one.height = opened.naturalHeight;
      }
      fill(mask, "#000");
    }
    view.style.width = `${Math.max(view.width, 384)}px`;
    retint();
  }

  async function setMask(bytes, isNews = true) {
    const opened = bytes?.byteLength ? await imageOf(bytes, "image/png") : null;
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

/** A drawing surface that is read often. */
function surface() {
  return element("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
}

function fill(ink, color) {
  ink.fillStyle = color;
  ink.fillRect(0, 0, ink.canvas.width, ink.canvas.height);
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

async function imageOf(bytes, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function pngOf(canvas) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return new Uint8Array(await blob.arrayBuffer());
}

// A Jupyter widget

function render({ model, el }) {
  let ours = null; // the mask that is shown here already
  const canvas = maskCanvas(el, {
    label: model.get("tooltip") || model.get("description"),
    painted: (bytes) => {
      ours = new DataView(bytes.buffer);
      model.set("painted", ours);
      model.save_changes();
    },
    asked: (presses) => model.send(presses),
  });
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
