// Controls of a figure that stands alone, in a file or in a module.  This text follows
// slider_figure.js and gives its render() a model that offers what a page can.

const add = (parent, tag, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(tag), properties));

// What the page shows already need not be stored twice.
const state = (stored, figure) =>
  Object.assign(stored, { svg: figure.querySelector("svg").outerHTML });

const show = (figure, panel, stored) => {
  const listeners = new Map();
  const values = {
    ...stored, data: Uint8Array.from(atob(stored.data), (c) => c.charCodeAt(0)),
  };
  const model = {
    get: (name) => values[name],
    on: (event, listener) => listeners.set(event, listener),
    off: (event) => listeners.delete(event),
  };
  const move = (k, index) => {
    values[`i${k}`] = index;
    listeners.get(`change:i${k}`)?.();
  };

  const slider = (k, label, labels) => {
    const box = add(panel, "label", { textContent: label });
    const input = add(box, "input",
      { type: "range", min: 0, max: labels.length - 1, value: values[`i${k}`] });
    const readout = add(box, "span");
    readout.setAttribute("aria-hidden", "true");
    const tell = () => {
      readout.textContent = labels[input.value];
      input.setAttribute("aria-valuetext", labels[input.value]);
    };
    input.addEventListener("input", () => { tell(); move(k, Number(input.value)); });
    tell();
  };

  const buttons = (k, label, labels) => {
    const box = add(panel, "fieldset");
    add(box, "legend", { textContent: label });
    const name = `sf-${Math.random()}`;
    labels.forEach((text, index) => {
      const choice = add(box, "label");
      const input = add(choice, "input",
        { type: "radio", name, checked: index === values[`i${k}`] });
      choice.append(text);
      input.addEventListener("change", () => move(k, index));
    });
  };

  const menu = (k, label, labels) => {
    const box = add(panel, "label", { textContent: label });
    const input = add(box, "select");
    labels.forEach((text, value) => add(input, "option", { textContent: text, value }));
    input.value = values[`i${k}`];
    input.addEventListener("change", () => move(k, Number(input.value)));
  };

  stored.controls.forEach(([label, labels, kind], k) =>
    ({ slider, buttons, menu })[kind](k, label, labels));
  return render({ model, el: figure });
};

// A page's theme is its own word, or else the reader's.
const theme = (box) => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const said = root.dataset.theme ?? root.className.match(/\b(dark|light)\b/)?.[1];
    box.classList.toggle("sf-dark", said ? said === "dark" : dark.matches);
  };
  dark.addEventListener("change", follow);
  new MutationObserver(follow).observe(
    root, { attributeFilter: ["class", "data-theme"] });
  follow();
};
