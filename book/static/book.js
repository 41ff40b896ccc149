// Small services to the widgets of a page. The widgets themselves are not touched.
(() => {
  // What a reader does first with something that is not there yet.
  const ASKING = ["pointerover", "pointerdown", "focusin"];
  const ANYTHING = ["scroll", "pointermove", "pointerdown", "keydown"];
  const VIEW = ".cell_output script[data-part]";

  // Bring a script that stands in the page as text until somebody needs it; say whether
  // it came.
  const brought = new Map();
  const bring = (name) => {
    if (!brought.has(name)) {
      brought.set(name, new Promise((resolve) => {
        const { src } = document.querySelector(`script[type="text/plain"][src*="${name}"]`);
        const script = document.createElement("script");
        script.onload = () => resolve(true);
        script.onerror = () => resolve(false);
        document.head.append(Object.assign(script, { src }));
      }));
    }
    return brought.get(name);
  };

  // A page that was saved holds its live figures; they are made anew.
  for (const old of document.querySelectorAll(".widget-subarea")) old.remove();
  for (const first of document.querySelectorAll(".sf-printed"))
    first.classList.replace("sf-printed", "sf-first");

  // A figure's first picture stands in the page as plain SVG.  The live one replaces it
  // on the screen; on paper the first one stays, at the figure's default position.
  const replaceFirstPictures = () => {
    for (const first of document.querySelectorAll(".sf-first")) {
      if (first.parentElement.querySelector("[data-ready]")) {
        first.classList.replace("sf-first", "sf-printed");
        for (const place of first.querySelectorAll(".sf-wait")) place.remove();
      }
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

  // Play buttons carry an icon and no name.
  const ICON_NAMES = {
    "fa-play": "Play",
    "fa-pause": "Pause",
    "fa-stop": "Stop and go back to the start",
    "fa-retweet": "Repeat",
  };
  const nameIconButton = (button) => {
    const icon = button.querySelector("i");
    if (!icon || button.hasAttribute("aria-label")) return;
    const tell = () => {
      const known = Object.keys(ICON_NAMES).find((name) => icon.classList.contains(name));
      if (known) button.setAttribute("aria-label", ICON_NAMES[known]);
      if (known === "fa-retweet") tellPressed(button);
    };
    const observer = new MutationObserver(tell);
    observer.observe(icon, { attributeFilter: ["class"] });
    observer.observe(button, { attributeFilter: ["class"] });
    tell();
  };

  // Which of several buttons is pressed is told by its color alone.
  const tellPressed = (button) => {
    const pressed = String(button.classList.contains("mod-active"));
    if (button.getAttribute("aria-pressed") !== pressed) {
      button.setAttribute("aria-pressed", pressed);
    }
  };
  const nameGroup = (group) => {
    const buttons = group.querySelectorAll("button");
    if (group.hasAttribute("role") || !buttons.length) return;
    const label = group.querySelector(".widget-label");
    // The manager writes the missing description down as a word.
    if (label.title === "null") label.removeAttribute("title");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label.textContent);
    // What is pressed elsewhere lets the manager make the buttons anew.
    const tell = () => group.querySelectorAll("button").forEach(tellPressed);
    new MutationObserver(tell).observe(
      group, { attributeFilter: ["class"], childList: true, subtree: true });
    tell();
  };

  // A box that scrolls has to be reachable by keyboard.
  const SCROLLING =
    "div.math, .bd-article table, .highlight pre, .cell_output pre, .cell_output > .output";
  // The theme measures such boxes too, and again after each move of a figure.  It begins
  // when all is loaded.
  if (document.getElementById("main-content"))
    addEventListener("load", (event) => event.stopImmediatePropagation());
  const reachScrolling = () => {
    for (const box of document.querySelectorAll(SCROLLING)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1;
      if (scrolls) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    }
  };

  // The theme's labels say less than the words and pictures that they stand for.
  const correctThemeLabels = () => {
    for (const button of document.querySelectorAll(".search-button-field")) {
      button.removeAttribute("aria-label");
    }
    for (const icon of document.querySelectorAll(".theme-switch-button [title]")) {
      icon.removeAttribute("title");
    }
  };

  // The theme's menu and hints are Bootstrap's, which comes when a pointer or the focus
  // is in the header.  What was pressed meanwhile is pressed again.
  const waitForHeader = () => {
    const header = document.querySelector(".bd-header-article");
    if (!header) return;
    let pressed;
    const remember = ({ target }) => { pressed = target.closest("[data-bs-toggle]"); };
    const load = async () => {
      for (const event of ASKING) header.removeEventListener(event, load);
      if (!await bring("bootstrap.js")) return;
      header.removeEventListener("click", remember);
      pressed?.click();
    };
    for (const event of ASKING) header.addEventListener(event, load);
    header.addEventListener("click", remember);
  };

  // A figure's controls wake when it is touched or its question answered, or, once the
  // reader does anything, when it comes near the view.
  const awake = new WeakMap();
  const wake = (output) => {
    if (!awake.has(output)) awake.set(output, (async () => {
      if (!await bring("widget-manager.js")) return false;
      for (const view of output.querySelectorAll(VIEW)) await wakeWidget(view);
      return true;
    })());
    return awake.get(output);
  };
  const waitForFigures = () => {
    const outputs = new Set([...document.querySelectorAll(VIEW)].map(
      (view) => view.closest(".cell_output")));
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        (globalThis.requestIdleCallback ?? setTimeout)(() => wake(target));
      }
    }, { rootMargin: "50%" });
    const arm = ({ type, target }) => {
      if (type === "scroll" && target !== document) return; // the theme's sidebar
      for (const event of ANYTHING) removeEventListener(event, arm, true);
      for (const output of outputs) near.observe(output);
    };
    for (const event of ANYTHING) addEventListener(event, arm, { capture: true, passive: true });
    for (const output of outputs) {
      for (const event of ASKING) output.addEventListener(event, () => wake(output));
      output.addEventListener("toggle", () => wake(output), true);
      output.addEventListener("pointerup", touchAgain);
    }
  };

  // Who touched a control before it could move touched it all the same.
  const touchAgain = async ({ target, clientX, clientY }) => {
    const place = target.closest(".sf-wait");
    if (!place) return;
    if (!await wake(place.closest(".cell_output"))) return;
    while (place.isConnected) await new Promise(requestAnimationFrame);
    const there = document.elementFromPoint(clientX, clientY);
    const found = there?.closest(".widget-slider")?.querySelector(".noUi-base") ?? there;
    for (const kind of ["mousedown", "mouseup", "click"]) {
      found?.dispatchEvent(new MouseEvent(kind, {
        bubbles: true, cancelable: true, view: window, clientX, clientY,
        buttons: Number(kind === "mousedown"),
      }));
    }
  };

  // Excerpts of what the search has found are prose: no code, each formula once.
  addEventListener("DOMContentLoaded", () => {
    if (typeof Search === "undefined") return;
    const { htmlToText } = Search;
    Search.htmlToText = (text, anchor) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      const other = ".cell_input, .katex-mathml, .sf-figure, .sf-question";
      for (const one of page.querySelectorAll(other)) one.remove();
      return htmlToText(page.documentElement.outerHTML, anchor);
    };
  });

  // An answer that was given stays given, until it is taken back.
  const keepAnswers = () => {
    for (const question of document.querySelectorAll(".sf-question")) {
      const key = `${location.pathname}#${question.dataset.key}`;
      const options = [...question.querySelectorAll("details")];
      let given;
      try { given = options[localStorage.getItem(key)]; } catch { continue; }
      if (given) {
        question.dataset.kept = "true";
        given.open = true;
      }
      question.addEventListener("click", () => { delete question.dataset.kept; });
      question.addEventListener("toggle", () => {
        const open = options.findIndex((option) => option.open);
        if (open >= 0) localStorage.setItem(key, open);
        else {
          localStorage.removeItem(key);
          question.classList.remove("sf-seen");
        }
      }, true);
    }
  };

  // Every figure with a name gives its address, and leads back to its start.
  const addTools = (figure, link) => {
    const tools = document.createElement("div");
    tools.className = "sf-tools";
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    const add = (text, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", act);
      tools.append(button);
    };
    add("Copy link", async () => {
      const address = new URL(link(), location).href;
      try {
        await navigator.clipboard.writeText(address);
        told.textContent = "Copied.";
      } catch {
        history.replaceState(history.state, "", address);
        told.textContent = "It is the address of this page.";
      }
      setTimeout(() => { told.textContent = ""; }, 4000);
    });
    add("Reset", () => {
      const detail = { to: figure.dataset.start };
      figure.dispatchEvent(new CustomEvent("sf-go", { detail }));
    });
    tools.append(told);
    figure.append(tools);
  };

  // The address says where the figure that was moved last is, and leads there.
  const follow = () => {
    let link = location.hash;
    try { link = decodeURIComponent(link); } catch { return; }
    const name = CSS.escape(link.slice(1, link.indexOf("?")));
    const figure = link.includes("?") &&
      document.querySelector(`[data-name="${name}"], [data-first="${name}"]`);
    if (!figure) return;
    const output = figure.closest(".cell_output") ?? figure;
    output.classList.remove("sf-asked");
    output.querySelector(".sf-question")?.classList.add("sf-seen");
    output.scrollIntoView({ block: "nearest" });
    const live = document.querySelector(`[data-name="${name}"]`);
    if (live) live.dispatchEvent(new CustomEvent("sf-go", { detail: { to: link } }));
    else wake(output); // and it says sf-ready
  };
  // So do the other figures that have a name, as far as they have the same controls.
  const told = new URLSearchParams();
  let telling, leads = true;
  addEventListener("sf-moved", ({ target, detail: link }) => {
    if (!leads) return;
    clearTimeout(telling);
    telling = setTimeout(() => {
      const to = link();
      for (const [label, value] of new URLSearchParams(to.slice(to.indexOf("?"))))
        told.set(label, value);
      if (decodeURIComponent(location.hash) !== to)
        history.replaceState(history.state, "", to);
      leads = false;
      for (const other of document.querySelectorAll("[data-name]"))
        if (other !== target)
          other.dispatchEvent(new CustomEvent("sf-go", { detail: { to } }));
      leads = true;
    }, 300);
  });
  addEventListener("hashchange", follow);
  addEventListener("sf-ready", ({ target, detail: link }) => {
    if (link && target.closest(".bd-article")) addTools(target, link);
    if (location.hash.startsWith(`#${target.dataset.name}?`)) follow();
    else if (target.dataset.name && !target.closest(".cell_output")?.querySelector("[open]")) {
      leads = false;
      target.dispatchEvent(new CustomEvent("sf-go", { detail: { to: `?${told}` } }));
      leads = true;
    }
  });
  addEventListener("DOMContentLoaded", () => { if (location.hash.includes("?")) follow(); });

  // Paper is white.
  const root = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => { root.dataset.theme = theme; });

  // A figure without controls says so, as it does without JavaScript.
  addEventListener("error", ({ target }) => {
    if (!target.src?.includes("widget-manager.js")) return;
    for (const question of document.querySelectorAll(".sf-question"))
      question.classList.add("sf-seen");
    for (const first of document.querySelectorAll(".sf-first")) {
      const note = document.createElement("p");
      note.textContent = "This figure is shown at its starting position; " +
        "its controls could not be loaded.";
      first.append(note);
    }
  }, true);

  document.addEventListener("DOMContentLoaded", () => {
    correctThemeLabels();
    waitForHeader();
    waitForFigures();
    keepAnswers();
    new ResizeObserver(reachScrolling).observe(document.body);
  });

  // Texts that change, as a readout's do with each move, are none of its business.
  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  const addsElement = ({ addedNodes }) => [...addedNodes].some(isElement);
  new MutationObserver((changes) => {
    if (!changes.some(addsElement)) return;
    replaceFirstPictures();
    document.querySelectorAll(".widget-slider").forEach(nameHandle);
    document.querySelectorAll(".widget-play button").forEach(nameIconButton);
    document.querySelectorAll(".widget-toggle-buttons").forEach(nameGroup);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
