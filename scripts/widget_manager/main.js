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

const scripts = (kind) =>
  document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${kind}+json"]`);

const wake = async () => {
  for (const state of scripts("state")) {
    const manager = new PageManager();
    const models = await manager.set_state(JSON.parse(state.textContent));
    const byId = new Map(models.map((model) => [model.model_id, model]));
    for (const view of scripts("view")) {
      const model = byId.get(JSON.parse(view.textContent).model_id);
      if (!model) continue;
      const area = document.createElement("div");
      area.className = "widget-subarea";
      view.before(area);
      await manager.display(model, area);
    }
    addEventListener("resize", () => manager.resize());
  }
};

// A label with formulas asks MathJax 2 to set them; the pages have MathJax 3.
window.MathJax ??= {};
MathJax.Hub ??= {
  Queue: ([, , element]) =>
    MathJax.startup?.promise?.then(() => MathJax.typesetPromise([element])),
};

wake();
