// Small services to the widgets of a page. The widgets themselves are not touched.
(() => {
  // The theme's icon script, which runs after this one, would also turn the icons of
  // buttons that appear later into SVG, under the hands of the widgets that drew them.
  window.FontAwesomeConfig = { observeMutations: false };

  // A figure's first picture stands in the page as plain SVG; the live one replaces it.
  const replaceFirstPictures = () => {
    for (const first of document.querySelectorAll(".sf-first")) {
      if (first.parentElement.querySelector("[data-ready]")) first.remove();
    }
  };

  // The widget manager draws a label and a readout beside a slider's handle, but does
  // not connect them for screen readers.
  const nameHandle = (slider) => {
    const handle = slider.querySelector(".noUi-handle");
    const label = slider.querySelector(".widget-label");
    const readout = slider.querySelector(".widget-readout");
    if (!handle || !readout || handle.hasAttribute("aria-label")) return;
    handle.setAttribute("aria-label", label.textContent);
    const tell = () => {
      if (handle.getAttribute("aria-valuetext") !== readout.textContent) {
        handle.setAttribute("aria-valuetext", readout.textContent);
      }
    };
    // noUiSlider writes the bare index there after each move.
    new MutationObserver(tell).observe(handle, { attributeFilter: ["aria-valuetext"] });
    new MutationObserver(tell).observe(readout, { childList: true });
    tell();
  };

  new MutationObserver(() => {
    replaceFirstPictures();
    document.querySelectorAll(".widget-slider").forEach(nameHandle);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
