// Two paintings side by side and a question about them; answered with mouse, finger or keyboard. Nothing in the page
// says whose paintings they are.
//
// `ballot` needs a page and nothing else, so that any page can use it; the export at the end lets a Jupyter widget do so
// (anywidget).

const CALM = 250; // milliseconds in which a press still belongs to the two paintings before
const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "same", s: "same", S: "same" };
const STYLE = `
.nst-vote { --ink: var(--jp-ui-font-color1, currentColor); --quiet: color-mix(in srgb, var(--ink) 22%, transparent);
  box-sizing: border-box; max-width: 1040px; margin: 0 auto; padding: 4px; color: var(--ink); line-height: 1.45;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); font-size: 15px; }
.nst-vote *, .nst-vote *::before { box-sizing: border-box; }
.nst-vote:focus { outline: none; }
.nst-vote [hidden] { display: none !important; }
.nst-vote h2 { margin: 14px 0; font-size: 22px; font-weight: 600; line-height: 1.25; text-align: center; color: inherit; }
.nst-vote p { margin: 0 0 12px; }
.nst-vote-way { display: flex; align-items: center; gap: 12px; font-variant-numeric: tabular-nums; opacity: .8; }
.nst-vote-bar { flex: 1; height: 3px; border-radius: 2px; background: var(--quiet); overflow: hidden; }
.nst-vote-bar div { height: 100%; background: #2f8fc8; }
.nst-vote figure { margin: 0; text-align: center; }
.nst-vote figcaption { margin-top: 4px; font-size: 13px; opacity: .8; }
.nst-vote img { display: block; width: 100%; height: 100%; object-fit: contain; }
.nst-vote-above img { height: min(20vh, 200px); }
.nst-vote-both { --tallest: max(260px, 80vh - 250px); min-width: min(100%, 440px); margin: 14px auto 0;
  max-width: calc(2 * var(--ratio, 1.33) * var(--tallest) + 18px); width: 100%; }
.nst-vote-two { display: grid; gap: 18px; justify-content: center;
  grid-template-columns: repeat(2, minmax(0, calc(var(--ratio, 1.33) * var(--tallest)))); }
.nst-vote button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--quiet);
  border-radius: 6px; min-height: 42px; padding: 0 14px; cursor: pointer; }
.nst-vote button:hover:enabled { border-color: var(--ink); }
.nst-vote button:disabled { cursor: default; }
.nst-vote .nst-vote-undo:disabled { opacity: .45; }
.nst-vote button:focus-visible, .nst-vote input:focus-visible { outline: 3px solid #56b4e9; outline-offset: 2px; }
/* No sign where the pointer rests: it would favor that painting. */
.nst-vote .nst-vote-painting { padding: 0; border: 0; border-radius: 2px; width: 100%;
  aspect-ratio: var(--ratio, 1.33); }
.nst-vote-answers { display: grid; grid-template-columns: 1fr minmax(96px, 20%) 1fr; gap: 10px; margin-top: 14px; }
.nst-vote-foot { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; margin-top: 12px; font-size: 13px; }
.nst-vote-foot span { opacity: .75; }
.nst-vote-foot span:last-child { margin-left: auto; }
.nst-vote .nst-vote-undo { min-height: 34px; }
.nst-vote kbd { font: inherit; font-size: .86em; padding: 0 5px; border: 1px solid var(--quiet); border-radius: 4px; }
.nst-vote-card { max-width: 34em; margin: 26px auto; }
.nst-vote-card h2 { text-align: left; font-size: 26px; margin: 0 0 16px; }
.nst-vote .nst-vote-go { background: #0072b2; border-color: #0072b2; color: #fff; font-weight: 600; padding: 0 24px; }
.nst-vote details { margin-top: 20px; font-size: 14px; }
.nst-vote summary { cursor: pointer; opacity: .8; }
.nst-vote details form { display: flex; gap: 8px; margin: 10px 0 0; }
.nst-vote input { font: inherit; width: 9em; min-height: 42px; padding: 0 10px; border-radius: 6px; color: inherit;
  background: transparent; border: 1px solid var(--quiet); }
.nst-vote .nst-vote-wrong { max-width: 60em; margin: 12px auto; padding-left: 10px; border-left: 4px solid #d55e00; }
@media (max-width: 520px) {
  .nst-vote-above img { height: 130px; }
  .nst-vote-two { gap: 6px; }
  .nst-vote h2 { font-size: 19px; margin: 10px 0; }
  .nst-vote-answers { gap: 6px; grid-template-columns: 1fr auto 1fr; }
  .nst-vote button { padding: 0 8px; }
  .nst-vote-keys { display: none; }
}
`;

/**
 * Put a ballot into an element.
 *
 * tell(what): called with {do: "begin", voter}, {do: "answer", number, answer, seconds}, {do: "undo"} or {do: "next"}
 *
 * Returns functions: show(state, pictures) and remove(). A state says its stage (begin, vote, end), the question, how
 * many are answered (done) of how many (total), what is shown above (shows), the voter's number, and what went wrong.
 */
export function ballot(host, tell = () => {}) {
  const root = element("div", { className: "nst-vote", tabIndex: -1 });
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own keys stay quiet in here
  const begin = beginning(tell), end = ending(tell), vote = voting(answered, goBack);
  const wrong = element("p", { className: "nst-vote-wrong", role: "alert", hidden: true });
  root.append(element("style", {}, STYLE), wrong, begin.card, vote.page, end.card);
  host.append(root);

  let state = { stage: "" };
  let since = Infinity; // when both paintings were seen
  let waiting = null;

  /** Take answers, or none; nothing changes its look, so that the eye stays with the paintings. */
  function open(isOpen) {
    for (const one of vote.choices) one.disabled = !isOpen;
  }

  function answered(answer) {
    if (state.stage !== "vote" || vote.choices[0].disabled) return;
    root.focus({ preventScroll: true }); // a button that is off hears no keys
    open(false);
    const seconds = Math.max(0, performance.now() - since) / 1000;
    tell({ do: "answer", number: state.done, answer, seconds });
  }

  function goBack() {
    if (state.stage !== "vote" || vote.choices[0].disabled || !state.done) return;
    root.focus({ preventScroll: true });
    open(false);
    tell({ do: "undo" });
  }

  root.addEventListener("keydown", (event) => {
    const { key, repeat, ctrlKey, metaKey, altKey } = event;
    if (state.stage !== "vote" || ctrlKey || metaKey || altKey) return;
    if (!(key in KEYS) && key !== "u" && key !== "U") return;
    event.preventDefault();
    event.stopPropagation();
    if (repeat) return;
    if (key in KEYS) answered(KEYS[key]);
    else goBack();
  });

  async function show(next, pictures) {
    clearTimeout(waiting);
    const isNew = next.stage !== state.stage || next.done !== state.done || next.voter !== state.voter;
    if (isNew && next.stage === "vote") await vote.lay(next, pictures);
    const came = next.stage !== state.stage && state.stage !== "";
    state = next;
    begin.card.hidden = state.stage !== "begin";
    vote.page.hidden = state.stage !== "vote";
    end.card.hidden = state.stage !== "end";
    begin.say(state);
    end.say(state);
    wrong.textContent = state.wrong;
    wrong.hidden = !state.wrong;
    if (came) root.focus(); // so that keys are heard
    if (state.stage !== "vote") return;
    vote.undo.disabled = !state.done;
    if (isNew) since = performance.now();
    open(false);
    waiting = setTimeout(open, isNew ? CALM : 0, true);
  }

  let showing = Promise.resolve(); // one after the other, as pictures take their time to open
  return {
    show: (next, pictures) => (showing = showing.then(() => show(next, pictures)).catch(console.warn)),
    remove: () => {
      clearTimeout(waiting);
      vote.forget();
      root.remove();
    },
  };
}

/** Before the first question. */
function beginning(tell) {
  const asked = element("h2"), what = element("p");
  const keys = element("p", { className: "nst-vote-keys" }, "On the keyboard: ", ...keysInWords());
  const go = element("button", { type: "button", className: "nst-vote-go" }, "Begin");
  const number = element("input", { inputMode: "numeric", ariaLabel: "number of the session", placeholder: "number" });
  const form = element("form", {}, number, element("button", { type: "submit" }, "Go on"));
  const earlier = element("details", {}, element("summary", {}, "Go on with a session that was interrupted"), form);
  go.addEventListener("click", () => tell({ do: "begin", voter: "" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell({ do: "begin", voter: number.value.trim() });
  });
  return {
    card: element("div", { className: "nst-vote-card", hidden: true }, asked, what, keys, go, earlier),
    say: ({ question, total }) => {
      asked.textContent = question;
      what.textContent = `You will see two paintings, ${total} times. Choose one of them, or say that they are the ` +
        "same. There is no right answer, and no name is stored: only what you chose, and how long you looked.";
    },
  };
}

/** The two paintings. */
function voting(answered, goBack) {
  const done = element("div"), count = element("span", { role: "status" });
  const way = element("div", { className: "nst-vote-way" }, element("div", { className: "nst-vote-bar" }, done), count);
  const asked = element("h2"), above = element("img"), caption = element("figcaption");
  const reference = element("figure", { className: "nst-vote-above" }, above, caption);
  const choice = (answer, name, ...inside) => {
    const made = element("button", { type: "button", ariaLabel: name }, ...inside);
    made.addEventListener("click", () => answered(answer));
    return made;
  };
  const left = element("img", { alt: "" }), right = element("img", { alt: "" });
  const paintings = [choice("left", "the left painting", left), choice("right", "the right painting", right)];
  for (const one of paintings) one.className = "nst-vote-painting";
  for (const one of [left, right, above]) one.draggable = false;
  const answers = [choice("left", "Left", "← Left"), choice("same", "Same", "Same"), choice("right", "Right", "Right →")];
  const undo = element("button", { type: "button", className: "nst-vote-undo" }, "Undo");
  undo.addEventListener("click", goBack);
  const keys = element("span", { className: "nst-vote-keys" }, ...keysInWords());
  const session = element("span");
  const both = element("div", { className: "nst-vote-both" }, element("div", { className: "nst-vote-two" }, ...paintings),
    element("div", { className: "nst-vote-answers" }, ...answers));
  const page = element("div", { hidden: true }, way, asked, reference,
    both, element("div", { className: "nst-vote-foot" }, undo, keys, session));
  let addresses = [];

  function forget() {
    for (const address of addresses) URL.revokeObjectURL(address);
    addresses = [];
  }

  return {
    page,
    undo,
    choices: [...paintings, ...answers],
    forget,
    /** Show the next two at once, when all that is shown has been opened. */
    lay: async (state, pictures) => {
      const before = addresses;
      const [first, second, third] = await Promise.all(
        [pictures.left, pictures.right, pictures.reference].map((bytes) => opened(bytes)));
      addresses = [first, second, third].filter(Boolean).map((one) => one.src);
      left.src = first.src;
      right.src = second.src;
      both.style.setProperty("--ratio", first.naturalWidth / first.naturalHeight);
      reference.hidden = !third;
      if (third) Object.assign(above, { src: third.src, alt: `the ${state.shows}` });
      caption.textContent = `the ${state.shows}`;
      for (const address of before) URL.revokeObjectURL(address);
      asked.textContent = state.question;
      count.textContent = `${state.done + 1} of ${state.total}`;
      done.style.width = `${(100 * state.done) / state.total}%`;
      session.textContent = `Session ${state.voter}`;
    },
  };
}

/** After the last answer. */
function ending(tell) {
  const what = element("p");
  const next = element("button", { type: "button", className: "nst-vote-go" }, "Next voter");
  const back = element("button", { type: "button" }, "Undo the last answer");
  next.addEventListener("click", () => tell({ do: "next" }));
  back.addEventListener("click", () => tell({ do: "undo" }));
  const buttons = element("div", { className: "nst-vote-foot" }, next, back);
  return {
    card: element("div", { className: "nst-vote-card", hidden: true }, element("h2", {}, "Thank you"), what, buttons),
    say: ({ total, voter }) => (what.textContent = `All ${total} answers are stored, as session ${voter}.`),
  };
}

function keysInWords() {
  const key = (name) => element("kbd", {}, name);
  return [key("←"), " left, ", key("→"), " right, ", key("↓"), " or ", key("S"), " the same, ", key("U"), " undo"];
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An image that can be shown at once; null for no bytes. */
async function opened(bytes) {
  if (!bytes?.byteLength) return null;
  const image = element("img", { src: URL.createObjectURL(new Blob([bytes])) });
  await image.decode();
  return image;
}

// A Jupyter widget

function render({ model, el }) {
  const shown = ballot(el, (what) => model.send(what));
  const take = () => {
    const [left, right, reference] = ["left", "right", "reference"].map((name) => model.get(name));
    shown.show(model.get("state"), { left, right, reference });
  };
  model.on("change:state", take);
  take();
  return () => {
    model.off("change:state", take);
    shown.remove();
  };
}

export default { render };
