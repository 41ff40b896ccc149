// The widget manager of the book's pages: it wakes the widgets whose state a page holds.
// `scripts/vendor.py --refresh` bundles it with Jupyter's own base and controls packages.
// Jupyter's ready-made manager does the same and more at seven times the size: it also
// holds the previous major version of every widget, JupyterLab's output area and an
// icon font, and it asks for RequireJS, for eval and, on failure, for a CDN.
import anywidget from "anywidget";
import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";

import * as output from "./output.js";

import "@jupyter-widgets/controls/css/labvariables.css";
import "@jupyter-widgets/controls/css/widgets-base.css";
import "@lumino/widgets/style/index.css";

const MODULES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  "@jupyter-widgets/output": output,
  anywidget: anywidget(base),
};

class PageManager extends ManagerBase {
  views = new Set();

  async loadClass(name, module) {
    const found = MODULES[module]?.[name];
    if (!found) throw new Error(`this book has no widget ${name} of ${module}`);
    return found;
  }

  async display(model, element) {
    const view = await this.create_view(model);
    Widget.attach(view.luminoWidget, element);
    this.views.add(view);
  }

  resize() {
    for (const { luminoWidget } of this.views)
      MessageLoop.postMessage(luminoWidget, Widget.ResizeMessage.UnknownSize);
  }

  // There is no kernel to talk to.
  async _get_comm_info() {
    return {};
  }

  async _create_comm() {
    return { on_close() {}, on_msg() {}, close() {}, send() {} };
  }
}

const find = (kind, part) => document.querySelectorAll(
  `script[type="application/vnd.jupyter.widget-${kind}+json"]` +
  (part ? `[data-part="${part}"]` : ":not([data-part])"));

const manager = new PageManager();
addEventListener("resize", () => manager.resize());

// The models that a part of the page's state holds; each part is read once.
const parts = new Map();
const models = async (part) => {
  const found = new Map();
  for (const state of find("state", part))
    for (const model of await manager.set_state(JSON.parse(state.textContent)))
      found.set(model.model_id, model);
  return found;
};

const wake = async (view) => {
  const { part } = view.dataset;
  if (!parts.has(part)) parts.set(part, models(part));
  const model = (await parts.get(part)).get(JSON.parse(view.textContent).model_id);
  if (!model) return;
  const area = document.createElement("div");
  area.className = "widget-subarea";
  view.before(area);
  await manager.display(model, area);
};

// A label with formulas asks MathJax 2 to set them; the pages have MathJax 3.
window.MathJax ??= {};
MathJax.Hub ??= {
  Queue: ([, , element]) =>
    MathJax.startup?.promise?.then(() => MathJax.typesetPromise([element])),
};

// Views whose state stands in parts wait until the page asks for them.
globalThis.wakeWidget = wake;
(async () => {
  for (const view of find("view")) await wake(view);
})();
