// Controls of a figure that stands alone, in a file or in a module.  This text follows
// slider_figure.js and gives its render() a model that offers what a page can.

const add = (parent, tag, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(tag), properties));

// What the page shows already need not be stored twice.
const state = (stored, figure) =>
  Object.assign(stored, { svg: figure.querySelector("svg").outerHTML });

const show = (figure, panel, stored) => {
  const listeners = {};
  const values = {
    ...stored, data: Uint8Array.from(atob(stored.data), (c) => c.charCodeAt(0)),
  };
  const model = {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      listeners[`change:${name}`]?.forEach((listener) => listener());
    },
    save_changes: () => {},
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: (event, listener) => {
      listeners[event] = listeners[event].filter((other) => other !== listener);
    },
  };
  const move = (k, index) => model.set(`i${k}`, index);
  // A control shows where it is, whoever moved it.
  const follow = (k, tell) => {
    model.on(`change:i${k}`, () => tell(values[`i${k}`]));
    tell(values[`i${k}`]);
  };

  const slider = (k, label, labels) => {
    const box = add(panel, "label", { textContent: label });
    const input = add(box, "input",
      { type: "range", min: 0, max: labels.length - 1 });
    const readout = add(box, "span");
    readout.setAttribute("aria-hidden", "true");
    input.addEventListener("input", () => move(k, Number(input.value)));
    follow(k, (index) => {
      input.value = index;
      readout.textContent = labels[index];
      input.setAttribute("aria-valuetext", labels[index]);
    });
  };

  const buttons = (k, label, labels) => {
    const box = add(panel, "fieldset");
    add(box, "legend", { textContent: label });
    const name = `sf-${Math.random()}`;
    const inputs = labels.map((text, index) => {
      const choice = add(box, "label");
      const input = add(choice, "input", { type: "radio", name });
      choice.append(text);
      input.addEventListener("change", () => move(k, index));
      return input;
    });
    follow(k, (index) => { inputs[index].checked = true; });
  };

  const menu = (k, label, labels) => {
    const box = add(panel, "label", { textContent: label });
    const input = add(box, "select");
    labels.forEach((text, value) => add(input, "option", { textContent: text, value }));
    input.addEventListener("change", () => move(k, Number(input.value)));
    follow(k, (index) => { input.value = index; });
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
