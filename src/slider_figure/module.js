// The end of a module for hosts of anywidgets; it follows controls.js.

const renderModule = ({ el }) => {
  // A content security policy may forbid style elements.
  const style = new CSSStyleSheet();
  style.replaceSync(STATE.css);
  el.getRootNode().adoptedStyleSheets.push(style);
  const box = document.createElement("div");
  const [controls, figure] = [1, 2].map(() => document.createElement("div"));
  controls.className = "sf-controls";
  box.append(controls, figure);
  el.replaceChildren(box);
  theme(box);
  return show(figure, controls, STATE);
};
export default { render: renderModule };
