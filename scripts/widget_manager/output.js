// Shows what an Output widget, as `interact` makes it, held when the page was built.
import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";

const TYPES = {
  "text/html": (node, data) => { node.innerHTML = data; },
  "image/svg+xml": (node, data) => { node.innerHTML = data; },
  "image/png": (node, data) => {
    node.append(Object.assign(new Image(), { src: `data:image/png;base64,${data}` }));
  },
  "text/plain": (node, data) => {
    node.append(
      Object.assign(document.createElement("pre"), { textContent: data }));
  },
};

export class OutputModel extends DOMWidgetModel {
  defaults() {
    return { ...super.defaults(), msg_id: "", outputs: [] };
  }
}

export class OutputView extends DOMWidgetView {
  render() {
    super.render();
    this.listenTo(this.model, "change:outputs", this.show);
    this.show();
  }

  show() {
    this.el.replaceChildren(
      ...this.model.get("outputs").map(({ text, data }) => {
        const bundle = data ?? { "text/plain": text ?? "" };
        const node = document.createElement("div");
        const type = Object.keys(TYPES).find((name) => name in bundle);
        if (type) TYPES[type](node, [bundle[type]].flat().join(""));
        return node;
      }));
  }
}
