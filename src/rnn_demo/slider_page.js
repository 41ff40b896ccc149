// Controls of a figure that stands alone in a file (SliderFigure.save_html).  This
// text follows slider_figure.js in one module and gives its render() a model.

const state = JSON.parse(document.querySelector("#sf-state").textContent);
const figure = document.querySelector(".sf-figure");
const panel = document.querySelector(".sf-controls");
const listeners = new Map();

state.svg = figure.querySelector("svg").outerHTML;
state.data = Uint8Array.from(atob(state.data), (c) => c.charCodeAt(0));

const model = {
  get: (name) => state[name],
  on: (event, listener) => listeners.set(event, listener),
  off: (event) => listeners.delete(event),
};

const move = (k, index) => {
  state[`i${k}`] = index;
  listeners.get(`change:i${k}`)?.();
};

const add = (parent, tag, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(tag), properties));

const slider = (k, label, labels) => {
  const box = add(panel, "label", { textContent: label });
  const input = add(box, "input",
    { type: "range", min: 0, max: labels.length - 1, value: state[`i${k}`] });
  const readout = add(box, "span");
  readout.setAttribute("aria-hidden", "true");
  const show = () => {
    readout.textContent = labels[input.value];
    input.setAttribute("aria-valuetext", labels[input.value]);
  };
  input.addEventListener("input", () => { show(); move(k, Number(input.value)); });
  show();
};

const buttons = (k, label, labels) => {
  const box = add(panel, "fieldset");
  add(box, "legend", { textContent: label });
  labels.forEach((text, index) => {
    const choice = add(box, "label");
    const input = add(choice, "input",
      { type: "radio", name: `control-${k}`, checked: index === state[`i${k}`] });
    choice.append(text);
    input.addEventListener("change", () => move(k, index));
  });
};

state.controls.forEach(({ label, labels, kind }, k) =>
  (kind === "slider" ? slider : buttons)(k, label, labels));

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.classList.toggle("sf-dark", dark.matches);
dark.addEventListener("change", theme);
theme();
render({ model, el: figure });
