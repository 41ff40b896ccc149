// Runs after RequireJS and before the widget manager, on pages with widgets.
(() => {
  // Where RequireJS finds the AMD packages that the widgets ask for by name. The
  // manager's own packages are all in one file, but they look for their icon fonts
  // relative to where RequireJS says they are.
  const vendor = document.documentElement.dataset.content_root + "_static/vendor/";
  require.config({
    paths: {
      anywidget: vendor + "anywidget",
      "@jupyter-widgets": vendor + "html-manager",
      "@jupyter-widgets/html-manager/dist": vendor + "html-manager",
    },
  });
  // The widget manager still speaks MathJax 2 when it typesets a label.
  addEventListener("load", () => {
    const { MathJax } = window;
    if (MathJax?.startup && !MathJax.Hub) {
      const typeset = ([, , element]) =>
        MathJax.startup.promise.then(() => MathJax.typesetPromise([element]));
      MathJax.Hub = { Queue: typeset };
    }
  });
  // Its schema validator remarks on the manager's own schema; a reader's console
  // should say something only when something is wrong.
  const { warn } = console;
  console.warn = (...words) => {
    if (!String(words[0]).startsWith("strict mode: use allowUnionTypes")) {
      warn.apply(console, words);
    }
  };
})();
