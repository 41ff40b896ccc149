// Puts the row of the current position into the attributes of the figure's SVG.
// Every number comes from Python, in tenths of an SVG unit; nothing is computed here
// but where a row starts, and the sums of rows that are stored as steps.

let views = 0;

const line = (x, y) => {
  const n = Math.max(x.length, y.length);
  let d = "";
  for (let i = 0; i < n; i++)
    d += (i ? "L" : "M") + at(x, i) / 10 + " " + at(y, i) / 10;
  return d;
};

// A coordinate shared by all points is stored once.
const at = (row, i) => row[row.length === 1 ? 0 : i];

const put = {
  line: ([path], { x, y }) => path.setAttribute("d", line(x, y)),
  points: ([group], { x, y }) => {
    for (let i = 0; i < group.children.length; i++)
      group.children[i].setAttribute(
        "transform", `translate(${at(x, i) / 10} ${at(y, i) / 10})`);
  },
  bars: (paths, { y }, { left, right, base }) => paths.forEach((path, i) =>
    path.setAttribute("d", `M${left[i] / 10} ${base[i] / 10}H${right[i] / 10}` +
      `V${at(y, i) / 10}H${left[i] / 10}z`)),
  text: ([text], { row }, { table }) => { text.textContent = table[row[0]]; },
  visible: (groups, { row }) => groups.forEach((group) =>
    group.setAttribute("display", row[0] ? "inline" : "none")),
  alpha: (groups, { row }) => groups.forEach((group) =>
    group.setAttribute("opacity", row[0] / 1000)),
};

function render({ model, el }) {
  const shape = model.get("shape");
  const prefix = model.get("prefix");
  // The same figure may stand on the page twice; identifiers must not.
  const own = `${prefix}v${++views}`;

  el.classList.add("sf-figure");
  el.innerHTML = model.get("svg").replaceAll(prefix, own);
  const sentence = document.createElement("p");
  sentence.className = "sf-sentence";
  sentence.setAttribute("aria-live", "polite");
  el.append(sentence);

  let numbers, artists, sentences, loads = 0;
  const load = () => {
    const bytes = model.get("data");
    const buffer = bytes.buffer.slice(
      bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    numbers = {
      8: new Int8Array(buffer), 16: new Int16Array(buffer), 32: new Int32Array(buffer),
    };
    artists = model.get("moving").map((m) => ({
      ...m,
      elements: (m.ids ?? []).map((id) => el.querySelector(`#${own}-${id}`)),
    }));
    sentences = model.get("sentences");
    el.dataset.loads = ++loads;
  };

  const position = () => shape.map((n, k) =>
    Math.min(Math.max(Math.trunc(model.get(`i${k}`)) || 0, 0), n - 1));

  // Smooth rows are stored as their first point and the steps between points.
  const row = ({ start, stride, length, bits, first }, p) => {
    const from = stride.reduce((sum, step, k) => sum + step * p[k], start);
    const stored = numbers[bits].subarray(from, from + length);
    if (!first) return stored;
    const points = new Int32Array(length + 1);
    points[0] = row(first, p)[0];
    stored.forEach((step, i) => { points[i + 1] = points[i] + step; });
    return points;
  };

  const draw = () => {
    const p = position();
    const frame = p.reduce((f, i, k) => f * shape[k] + i, 0);
    if (el.dataset.frame === String(frame)) return;
    for (const m of artists) {
      const rows = {};
      for (const name in m.rows) rows[name] = row(m.rows[name], p);
      if (m.kind !== "sentence") put[m.kind](m.elements, rows, m);
      else if (sentence.textContent !== sentences[rows.row[0]])
        sentence.textContent = sentences[rows.row[0]];
    }
    el.dataset.frame = frame;
  };

  // Only a kernel sends new rows, all traits in one message: see live_figure.py.
  const reload = () => {
    load();
    delete el.dataset.frame;
    draw();
  };

  const events = shape.map((_, k) => `change:i${k}`);
  events.forEach((event) => model.on(event, draw));
  model.on("change:data", reload);
  load();
  draw();
  el.dataset.ready = "true";
  return () => {
    events.forEach((event) => model.off(event, draw));
    model.off("change:data", reload);
  };
}

export default { render };
