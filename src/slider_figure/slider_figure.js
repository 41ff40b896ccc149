// Shows the current position of a figure.  Every number and every word comes from
// Python (_packing.py); here they are read, and put where they have changed.

const UNITS = 1000;
const ARGUMENTS = { M: 2, L: 2, Q: 4, C: 6, z: 0 };
const [NUMBER, STRING, PATH] = ["\x01", "\x02", "\x03"];

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const inflated = async (bytes) => new Uint8Array(await new Response(
  new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")),
).arrayBuffer());

// The lowest bytes of all integers come first; the sign is the lowest bit.
const integers = (bytes) => {
  const n = bytes.length / 4;
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const u = bytes[i] | bytes[n + i] << 8 | bytes[2 * n + i] << 16 | bytes[3 * n + i] << 24;
    out[i] = (u >>> 1) ^ -(u & 1);
  }
  return out;
};

// Sums undo differences: of numbers `lag` apart, within rows of a length.
const sum = (numbers, lag, length = numbers.length) => {
  for (let i = lag; i < numbers.length; i++)
    if (i % length >= lag) numbers[i] += numbers[i - lag];
  return numbers;
};

// What Python packed: for each slot the row at each position, and the tables of rows.
const unpacked = async (packed) => {
  const bytes = await inflated(packed);
  const end = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const stored = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
  const numbers = integers(bytes.subarray(end));
  let at = 0;
  const next = (n) => numbers.subarray(at, at += n);
  for (const slot of stored.slots) {
    const size = slot.axes.reduce((n, axis) => n * stored.shape[axis], 1);
    slot.index = sum(next(size), 1);
    slot.rows = [null];
    for (const [skeleton, count, strings, values, n, times, lag, within] of slot.groups) {
      const base = sum(next(strings + values), 2);
      const varying = sum(next(n), 1);
      const table = next(count * n);
      for (let k = 0; k < within; k++) sum(table, lag, n);
      for (let k = 0; k < times; k++) sum(table, n);
      for (let k = 0; k < count; k++)
        slot.rows.push({ skeleton, strings, base, varying, table, from: k * n });
    }
  }
  return stored;
};

const flat = (axes, shape, p) => axes.reduce((f, k) => f * shape[k] + p[k], 0);

const row = ({ base, varying, table, from }) => {
  const out = base.slice();
  varying.forEach((column, j) => { out[column] = table[from + j]; });
  return out;
};

// A reader of paths: the commands are a string such as M1L99, parsed once.
const paths = (strings) => {
  const parsed = new Map();
  return (index) => {
    if (!parsed.has(index)) {
      const commands = [...strings[index].matchAll(/([A-Za-z])(\d+)/g)]
        .map(([, letter, n]) => [letter, Number(n), ARGUMENTS[letter]]);
      const length = commands.reduce((sum, [, n, size]) => sum + n * size, 0);
      const text = (numbers, i) => {
        let d = "";
        for (const [letter, n, size] of commands)
          for (let k = 0; k < n; k++) {
            d += letter;
            for (let j = 0; j < size; j++) d += (j ? " " : "") + numbers[i++] / UNITS;
          }
        return d;
      };
      parsed.set(index, { length, text });
    }
    return parsed.get(index);
  };
};

// Where the marks of a skeleton are in the elements that were made of it.
const places = (skeleton, group) => {
  const elements = group.querySelectorAll("*");
  const out = [];
  let k = -1;
  for (const [, tag, name, mark] of skeleton.matchAll(/<(\w+)| ([\w:-]+)="(.)"|\x02/g))
    if (tag) k++;
    else out.push([name ? elements[k] : elements[k].firstChild, name, mark]);
  return out;
};

const slots = (svg, { skeletons, strings, slots: stored }) => {
  const path = paths(strings);

  // The whole fragment as text.
  const filled = (skeleton, numbers, count) => {
    let s = 0, i = count;
    return skeleton.replace(/[\x01-\x03]/g, (mark) => {
      if (mark === NUMBER) return numbers[i++] / UNITS;
      if (mark === STRING) return escaped(strings[numbers[s++]]);
      const { length, text } = path(numbers[s++]);
      return text(numbers, (i += length) - length);
    });
  };

  // Only what has changed since the row before, of the same skeleton.
  const patch = (marks, now, before, count) => {
    let s = 0, i = count, old = count;
    for (const [node, name, mark] of marks) {
      if (mark === NUMBER) {
        if (now[i] !== before[old]) node.setAttribute(name, now[i] / UNITS);
        i++, old++;
      } else if (mark === PATH) {
        const [{ length, text }, { length: was }] = [path(now[s]), path(before[s])];
        let same = now[s] === before[s++];
        for (let k = 0; same && k < length; k++) same = now[i + k] === before[old + k];
        if (!same) node.setAttribute(name, text(now, i));
        i += length, old += was;
      } else {
        const string = strings[now[s]];
        if (now[s] === before[s++]) continue;
        if (name) node.setAttribute(name, string);
        else node.data = string;
      }
    }
  };

  return [...svg.querySelectorAll(".sf-slot")].map((group, k) => {
    let shown, before, marks;
    const { index, rows } = stored[k];
    return (place) => {
      const found = rows[index[place(stored[k])]];
      if (found === shown) return;
      const now = found && row(found);
      if (!found) group.textContent = "";
      else if (shown && shown.skeleton === found.skeleton) {
        marks ??= places(skeletons[found.skeleton], group);
        patch(marks, now, before, found.strings);
      } else {
        group.innerHTML = filled(skeletons[found.skeleton], now, found.strings);
        marks = undefined;
      }
      [shown, before] = [found, now];
    };
  });
};

// A figure that a kernel draws: what is not as in its picture, slot by slot.
const follow = (model, picture, sentence, rename) => {
  let base, groups, changed = {};
  const draw = () => {
    const svg = rename(model.get("svg"));
    if (base?.svg !== svg) {
      picture.innerHTML = svg;
      groups = [...picture.querySelectorAll(".sf-slot")];
      base = { svg, texts: groups.map((group) => group.innerHTML) };
      changed = {};
    }
    const changes = model.get("changes");
    for (const k in { ...changed, ...changes })
      if (changes[k] !== changed[k])
        groups[k].innerHTML = k in changes ? rename(changes[k]) : base.texts[k];
    changed = changes;
    sentence.textContent = model.get("sentence");
  };
  return draw;
};

// Where a link such as #name?label=value leads; what it does not name stays.
const position = (controls, link, now) => {
  const wanted = new URLSearchParams(link.slice(link.indexOf("?")));
  return controls.map(([label, texts], k) => {
    const said = wanted.get(label);
    const i = texts.findIndex((text) => text.replace("−", "-") === said);
    return i < 0 ? now[k] : i;
  });
};

// A figure with a name goes where it is told, at once or step by step, and tells where
// it is.  What it is told is an event of the page; see also _predict.py.
const travels = (model, el) => {
  const [name, controls] = [model.get("name"), model.get("controls")];
  if (!name) return [() => {}];
  const now = () => controls.map((_, k) => model.get(`i${k}`));
  const set = (p) => {
    p.forEach((i, k) => model.set(`i${k}`, i));
    model.save_changes();
  };
  const link = () => {
    const at = controls.map(([label, texts], k) => `${label}=${texts[now()[k]]}`);
    return `#${name}?${at.join("&")}`.replaceAll("−", "-");
  };
  el.dataset.start = link();
  let timer;
  const stop = () => clearInterval(timer);
  const go = ({ to, from }) => {
    stop();
    const end = position(controls, to, now());
    if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) return set(end);
    const begin = position(controls, from, now());
    const steps = Math.max(...end.map((i, k) => Math.abs(i - begin[k])), 1);
    let step = 0;
    timer = setInterval(() => {
      set(end.map((i, k) => begin[k] + Math.round(((i - begin[k]) * step) / steps)));
      if (step++ >= steps) stop();
    }, Math.max(2500 / steps, 16));
  };
  el.dataset.name = name;
  el.addEventListener("sf-go", ({ detail }) => go(detail));
  for (const question of document.querySelectorAll(".sf-question")) {
    const then = JSON.parse(question.dataset.then);
    if (!then.to?.startsWith(`#${name}?`)) continue;
    const output = question.closest(".cell_output, .jp-OutputArea");
    const ask = () => output?.classList.toggle(
      "sf-asked", !question.matches(".sf-seen, :has([open])"));
    const answered = () => go(question.dataset.kept ? { to: then.to } : then);
    question.addEventListener("toggle", ({ target }) => {
      ask();
      if (target.open) answered();
    }, true);
    ask();
    if (question.querySelector("[open]")) answered();
  }
  return [() => el.dispatchEvent(
    new CustomEvent("sf-moved", { bubbles: true, detail: link })), link];
};

// What the reader drags.  Each handle lies where Python says; dragged, it sets its
// controls to the position whose place is nearest to the pointer, and by keys to the next.
const STEPS = {
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [-1, -1], ArrowUp: [-1, 1],
  Home: [0, -Infinity], End: [0, Infinity],
};
const handles = (model, el, svg, { handles: moves, slots, shape }) => {
  if (!moves.length) return [() => {}, () => {}];
  const layer = document.createElement("div");
  layer.className = "sf-handles";
  // It lies upon the picture, wherever a page puts that.
  const fit = () => {
    const [from, to] = [layer, svg].map((element) => element.getBoundingClientRect());
    layer.style.left = `${layer.offsetLeft + to.left - from.left}px`;
    layer.style.top = `${layer.offsetTop + to.top - from.top}px`;
    layer.style.width = `${to.width}px`;
    layer.style.height = `${to.height}px`;
  };
  const resized = new ResizeObserver(fit);
  [el, svg, ...el.children].forEach((element) => resized.observe(element));
  el.append(layer);

  const controls = model.get("controls");
  const draws = moves.map((axes, h) => {
    const slot = slots.at(h - moves.length);
    const place = (p) => Array.from(
      row(slot.rows[slot.index[flat(slot.axes, shape, p)]]), (n) => n / UNITS / 100);
    const handle = document.createElement("div");
    const labels = axes.map((k) => controls[k][0]).join(", ");
    const fixed = { class: "sf-handle", role: "slider", tabindex: 0, "aria-label": labels,
      "aria-valuemin": 0, "aria-valuemax": shape[axes[0]] - 1 };
    for (const name in fixed) handle.setAttribute(name, fixed[name]);
    layer.append(handle);

    let now, held;
    const go = (p) => {
      for (const k of axes) if (p[k] !== now[k]) model.set(`i${k}`, p[k]);
      model.save_changes();
    };
    handle.addEventListener("keydown", (event) => {
      if (!STEPS[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // slides and notebooks know these keys, too
      const [which, step] = STEPS[event.key];
      const k = axes.at(which);
      const i = Math.min(Math.max(now[k] + step, 0), shape[k] - 1);
      go(Object.assign([...now], { [k]: i }));
    });
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault(); // which would select text
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      const { width, height } = layer.getBoundingClientRect();
      let reach = [now];
      for (const k of axes)
        reach = reach.flatMap((p) => Array.from(
          { length: shape[k] }, (_, i) => Object.assign([...p], { [k]: i })));
      const spots = reach.map((p) => [p, ...place(p)]);
      const [x, y] = place(now);
      const from = [x - event.clientX / width, y - event.clientY / height];
      held = ({ clientX, clientY }) => {
        const [x, y] = [from[0] + clientX / width, from[1] + clientY / height];
        const far = ([, a, b]) => Math.hypot((a - x) * width, (b - y) * height);
        return spots.reduce((best, spot) => (far(spot) < far(best) ? spot : best))[0];
      };
    });
    handle.addEventListener("pointermove", (event) => { if (held) go(held(event)); });
    handle.addEventListener("lostpointercapture", () => { held = undefined; });
    return (p) => {
      now = p;
      [handle.style.left, handle.style.top] = place(p).map((part) => `${100 * part}%`);
      handle.setAttribute("aria-valuenow", p[axes[0]]);
      const texts = axes.map((k) => controls[k][1][p[k]]);
      handle.setAttribute("aria-valuetext", texts.join(", "));
    };
  });
  return [(p) => draws.forEach((draw) => draw(p)), () => resized.disconnect()];
};

async function render({ model, el }) {
  el.classList.add("sf-figure");
  // The same figure may stand on the page twice; identifiers must not.
  const view = globalThis.sliderFigures = (globalThis.sliderFigures ?? 0) + 1;
  const picture = document.createElement("div");
  picture.style.display = "contents";
  const sentence = document.createElement("p");
  sentence.className = "sf-sentence";
  sentence.setAttribute("aria-live", "polite");
  el.replaceChildren(picture, sentence);

  // Moved by a held key or step by step, it is read out once it stands still.
  let resting;
  const rest = () => {
    sentence.setAttribute("aria-busy", "true");
    clearTimeout(resting);
    resting = setTimeout(() => sentence.removeAttribute("aria-busy"), 400);
  };

  const rename = (text) => text.replace(/\bsf(-id|[0-9a-f]{12})(?=-)/g, `sfv${view}`);

  const [tell, link] = travels(model, el);
  const events = new Map();
  let release = () => {};
  if (model.get("changes")) {
    const draw = follow(model, picture, sentence, rename);
    draw();
    el.dataset.frame = "live";
    for (const name of ["svg", "changes", "sentence"]) events.set(`change:${name}`, draw);
  } else {
    picture.innerHTML = rename(model.get("svg"));
    const stored = await unpacked(model.get("data"));
    stored.strings = stored.strings.map(rename);
    const drawn = slots(picture, stored);
    const text = sentence.appendChild(new Text());
    let hold;
    [hold, release] = handles(model, el, picture.firstElementChild, stored);
    const draw = () => {
      const p = stored.shape.map((n, k) =>
        Math.min(Math.max(Math.trunc(model.get(`i${k}`)) || 0, 0), n - 1));
      const frame = flat([...p.keys()], stored.shape, p);
      if (el.dataset.frame === String(frame)) return;
      for (const put of drawn) put(({ axes }) => flat(axes, stored.shape, p));
      hold(p);
      const told = stored.sentences[frame];
      if (text.data !== told) text.data = told;
      if (el.dataset.ready) rest();
      el.dataset.frame = frame;
      if (el.dataset.ready) tell();
    };
    draw();
    stored.shape.forEach((_, k) => events.set(`change:i${k}`, draw));
  }
  for (const [event, listener] of events) model.on(event, listener);
  el.dataset.ready = "true";
  el.dispatchEvent(new CustomEvent("sf-ready", { bubbles: true, detail: link }));
  return () => {
    release();
    try {
      for (const [event, listener] of events) model.off(event, listener);
    } catch {
      // MyST has no off().
    }
  };
}

export default { render };
